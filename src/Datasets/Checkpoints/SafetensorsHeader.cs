using System.Buffers.Binary;
using System.Text.Json;

namespace ServerlessTuning.Datasets.Checkpoints;

/// <summary>One tensor of a safetensors file.</summary>
/// <param name="Shape">Empty for a scalar.</param>
/// <param name="Begin">First byte, counted from the start of the file.</param>
/// <param name="Bytes">Length of the data.</param>
public sealed record SafetensorsEntry(string Name, SafetensorsType Type, IReadOnlyList<long> Shape, long Begin, long Bytes)
{
    /// <summary>Product of the shape.</summary>
    public long Elements => Shape.Aggregate(1L, (product, size) => product * size);
}

/// <summary>
/// What a safetensors file says of itself: 8 bytes of length (little-endian), that many bytes of JSON, then the data.
/// Everything is checked before anything is allocated or mapped. Source: the README of huggingface/safetensors, "Format".
/// </summary>
public sealed class SafetensorsHeader
{
    /// <summary>The format's own limit on the JSON.</summary>
    public const long MaxHeaderBytes = 100_000_000;

    private SafetensorsHeader(IReadOnlyDictionary<string, SafetensorsEntry> entries, IReadOnlyDictionary<string, string> metadata) =>
        (Entries, Metadata) = (entries, metadata);

    /// <summary>By name.</summary>
    public IReadOnlyDictionary<string, SafetensorsEntry> Entries { get; }

    /// <summary><c>__metadata__</c>; empty when there is none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <exception cref="SafetensorsFormatException">The file does not keep the format.</exception>
    public static SafetensorsHeader Read(string path)
    {
        using var file = File.OpenRead(path);
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
        if (headerBytes > (ulong)Math.Min(MaxHeaderBytes, fileBytes - 8))
        {
            throw new SafetensorsFormatException(file, $"a header of {headerBytes} bytes", $"at most {Math.Min(MaxHeaderBytes, fileBytes - 8)} (the file has {fileBytes} bytes)");
        }

        var json = new byte[headerBytes];
        if (stream.ReadAtLeast(json, json.Length, throwOnEndOfStream: false) < json.Length)
        {
            throw new SafetensorsFormatException(file, "the end of the file inside the header", $"{headerBytes} bytes of JSON");
        }

        return Parse(json, 8 + (long)headerBytes, fileBytes, file);
    }

    private static SafetensorsHeader Parse(byte[] json, long dataStart, long fileBytes, string file)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
            var metadata = new Dictionary<string, string>();
            var entries = new Dictionary<string, SafetensorsEntry>();
            foreach (var property in document.RootElement.EnumerateObject())
            {
                if (property.NameEquals("__metadata__"))
                {
                    metadata = property.Value.EnumerateObject().ToDictionary(item => item.Name, item => item.Value.GetString() ?? "");
                }
                else
                {
                    entries.Add(property.Name, ParseEntry(property, dataStart, file));
                }
            }

            CheckLayout(entries.Values, dataStart, fileBytes, file);
            return new(entries, metadata);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new SafetensorsFormatException(file, $"a header that cannot be read ({e.Message})", "JSON: name -> dtype, shape, data_offsets");
        }
    }

    private static SafetensorsEntry ParseEntry(JsonProperty property, long dataStart, string file)
    {
        var name = property.Name;
        var dtype = property.Value.GetProperty("dtype").GetString();
        if (!Enum.TryParse<SafetensorsType>(dtype, out var type))
        {
            throw new SafetensorsFormatException(file, $"tensor {name} of type {dtype}", $"one of {string.Join(", ", Enum.GetNames<SafetensorsType>())}");
        }

        long[] shape = [.. property.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())];
        long[] offsets = [.. property.Value.GetProperty("data_offsets").EnumerateArray().Select(offset => offset.GetInt64())];
        if (offsets.Length != 2 || offsets[0] < 0 || offsets[1] < offsets[0])
        {
            throw new SafetensorsFormatException(file, $"data_offsets [{string.Join(", ", offsets)}] of tensor {name}", "[begin, end] with 0 <= begin <= end");
        }

        var bytes = Size(shape, type, name, file);
        return bytes == offsets[1] - offsets[0] ? new(name, type, shape, dataStart + offsets[0], bytes)
            : throw new SafetensorsFormatException(file, $"{offsets[1] - offsets[0]} bytes for tensor {name}", $"{bytes} for {type} [{string.Join(", ", shape)}]");
    }

    private static long Size(long[] shape, SafetensorsType type, string name, string file)
    {
        try
        {
            return shape.Any(size => size < 0) ? throw new OverflowException() : checked(shape.Aggregate((long)type.Size(), (bytes, size) => checked(bytes * size)));
        }
        catch (OverflowException)
        {
            throw new SafetensorsFormatException(file, $"shape [{string.Join(", ", shape)}] of tensor {name}", "sizes that are not negative and fit into memory");
        }
    }

    /// <summary>The tensors must fill the data section: no hole, no overlap, nothing past the end of the file.</summary>
    private static void CheckLayout(IEnumerable<SafetensorsEntry> entries, long dataStart, long fileBytes, string file)
    {
        var end = dataStart;
        foreach (var entry in entries.OrderBy(entry => entry.Begin).ThenBy(entry => entry.Bytes))
        {
            if (entry.Begin != end)
            {
                throw new SafetensorsFormatException(file, $"tensor {entry.Name} at byte {entry.Begin}", $"byte {end}, where the one before it ends");
            }

            end += entry.Bytes;
        }

        if (end != fileBytes)
        {
            throw new SafetensorsFormatException(file, $"a file of {fileBytes} bytes", $"{end}, as its header says");
        }
    }
}
