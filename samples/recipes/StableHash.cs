using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace ServerlessTuning.Recipes;

/// <summary>Chooses by content, so that the same text falls on the same side on every machine.</summary>
public static class StableHash
{
    public static uint Of(string text) => BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
