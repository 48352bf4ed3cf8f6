using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace ServerlessTuning.Recipes;

/// <summary>
/// The six novels in Debian's package r-cran-janeaustenr, read without R: <c>Rdata.rdb</c> is a row of blocks, each a big-endian length and a zlib stream
/// holding one R object in XDR serialization; a novel is a character vector (STRSXP), one element a printed line.
/// </summary>
public static class AustenNovels
{
    private const int Header = 2 + 3 * 4 + 4 + 5;      // "X\n", three version numbers, the native encoding "UTF-8" with its length
    private const int CharacterVector = 16;

    /// <summary>One list of lines a novel, in the package's order.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> Read(string rdbFile)
    {
        var bytes = File.ReadAllBytes(rdbFile);
        var novels = new List<IReadOnlyList<string>>();
        for (var at = 0; at + 6 < bytes.Length; at++)
        {
            if (bytes[at + 4] == 0x78 && bytes[at + 5] == 0x9C && TryInflate(bytes, at) is { } block && BinaryPrimitives.ReadInt32BigEndian(block.AsSpan(Header)) is var type && (type & 0xFF) == CharacterVector)
            {
                novels.Add(Strings(block.AsSpan(Header + 4)));
            }
        }
        return novels.Count == 6 ? novels : throw new InvalidDataException($"{rdbFile} holds {novels.Count} character vectors, expected the six novels.");
    }

    // The index file that tells where blocks begin is itself a serialized R object; the length in front of each block finds them as surely.
    private static byte[]? TryInflate(byte[] bytes, int at)
    {
        var length = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(at));
        if (length is < 32 or > 64 << 20)
        {
            return null;
        }
        try
        {
            using var stream = new ZLibStream(new MemoryStream(bytes, at + 4, bytes.Length - at - 4), CompressionMode.Decompress);
            var block = new byte[length];
            stream.ReadExactly(block);
            return block.AsSpan().StartsWith("X\n"u8) ? block : null;
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            return null;
        }
    }

    private static List<string> Strings(ReadOnlySpan<byte> xdr)
    {
        var count = BinaryPrimitives.ReadInt32BigEndian(xdr);
        var strings = new List<string>(count);
        for (var at = 4; strings.Count < count;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(xdr[(at + 4)..]);       // after the CHARSXP's flags
            strings.Add(Encoding.UTF8.GetString(xdr.Slice(at + 8, Math.Max(0, length))));
            at += 8 + Math.Max(0, length);
        }
        return strings;
    }
}
