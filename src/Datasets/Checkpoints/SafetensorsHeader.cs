using System.Buffers.Binary;
using System.Text.Json;

namespace ServerlessTuning.Datasets.Checkpoints;

/// <summary>
/// What a safetensors file says of itself: 8 bytes of length (little-endian), that many bytes of JSON, then the data.
/// Everything is checked before anything is allocated or mapped. Source: the README of huggingface/safetensors, "Format".
/// </summary>
public sealed class SafetensorsHeader
{
    /// <summary>The format's own limit on the JSON.</summary>
    public const long MaxHeaderBytes = 100_000_000;

    internal SafetensorsHeader(IReadOnlyDictionary<string, SafetensorsEntry> entries, IReadOnlyDictionary<string, string> metadata) =>
        (Entries, Metadata) = (entries, metadata);

    /// <summary>By name.</summary>
    public IReadOnlyDictionary<string, SafetensorsEntry> Entries { get; }

    /// <summary><c>__metadata__</c>; empty when there is none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <exception cref="SafetensorsFormatException">The file does not keep the format.</exception>
    public static SafetensorsHeader Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        return Read(file, file.Length, Path.GetFileName(path));
    }

    /// <param name="stream">At the first byte of the file; only the header is read.</param>
    /// <param name="fileBytes">Length of the whole file.</param>
    /// <param name="file">Name for errors.</param>
    /// <exception cref="SafetensorsFormatException">The file does not keep the format.</exception>
    public static SafetensorsHeader Read(Stream stream, long fileBytes, string file)
    {
        Span<byte> length = stackalloc byte[8];
        if (fileBytes < 8 || stream.ReadAtLeast(length, 8, throwOnEndOfStream: false) < 8)
        {
            throw new SafetensorsFormatException(file, $"a file of {fileBytes} bytes", "at least the 8 bytes of the header's length");
        }

        var headerBytes = BinaryPrimitives.ReadUInt64LittleEndian(length);
        var most = Math.Min(MaxHeaderBytes, fileBytes - 8);
        if (headerBytes > (ulong)most)
        {
            throw new SafetensorsFormatException(file, $"a header of {headerBytes} bytes", $"at most {most} (the file has {fileBytes} bytes)");
        }

        var json = new byte[headerBytes];
        if (stream.ReadAtLeast(json, json.Length, throwOnEndOfStream: false) < json.Length)
        {
            throw new SafetensorsFormatException(file, "the end of the file inside the header", $"{headerBytes} bytes of JSON");
        }

        try
        {
            var header = SafetensorsHeaderReader.Read(json, fileBytes - 8 - (long)headerBytes, file);
            CheckLayout(header.Entries.Values, 8 + (long)headerBytes, fileBytes, file);
            return header;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new SafetensorsFormatException(file, $"a header that cannot be read ({e.Message})", "JSON: name -> dtype, shape, data_offsets");
        }
    }

    /// <summary>The tensors must fill the data section: no hole, no overlap, nothing past the end of the file.</summary>
    private static void CheckLayout(IEnumerable<SafetensorsEntry> entries, long dataStart, long fileBytes, string file)
    {
        var (end, before) = (dataStart, "the header");
        foreach (var entry in entries.OrderBy(entry => entry.Begin).ThenBy(entry => entry.Bytes))
        {
            if (entry.Begin != end)
            {
                throw new SafetensorsFormatException(file, $"tensor {entry.Name} at byte {entry.Begin}, which {(entry.Begin < end ? "overlaps with" : "leaves a hole after")} {before}", $"byte {end}");
            }

            (end, before) = (end + entry.Bytes, $"tensor {entry.Name}");
        }

        if (end != fileBytes)
        {
            throw new SafetensorsFormatException(file, $"a file of {fileBytes} bytes", $"{end}, as its header says");
        }
    }
}
