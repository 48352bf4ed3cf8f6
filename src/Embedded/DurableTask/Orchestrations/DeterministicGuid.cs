using System.Security.Cryptography;
using System.Text;

namespace ServerlessTuning.Embedded.DurableTask.Orchestrations;

/// <summary>Name-based GUIDs (RFC 9562, version 5) with the name space and the names of the Durable Task worker.</summary>
internal static class DeterministicGuid
{
    private static readonly byte[] NameSpace = new Guid("9e952958-5e33-4daf-827f-2fa12937b875").ToByteArray(bigEndian: true);

    public static Guid Create(string instanceId, DateTime now, int counter)
    {
        byte[] named = [.. NameSpace, .. Encoding.UTF8.GetBytes($"{instanceId}_{now:o}_{counter}")];
#pragma warning disable CA5350 // version 5 is SHA-1 by definition; nothing is kept secret by it
        var hash = SHA1.HashData(named).AsSpan(0, 16);
#pragma warning restore CA5350
        hash[6] = (byte)((hash[6] & 0x0F) | 0x50);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash, bigEndian: true);
    }
}
