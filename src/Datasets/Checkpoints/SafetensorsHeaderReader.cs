using System.Text.Json;

namespace ServerlessTuning.Datasets.Checkpoints;

/// <summary>
/// The JSON of a safetensors header, token by token: a document in memory would take twelve times the bytes of a header made of brackets.
/// Numbers must be whole and fit; a name may stand once; fields that a later format adds are passed over.
/// </summary>
internal ref struct SafetensorsHeaderReader
{
    private readonly string file;
    private readonly long dataBytes, dataStart;
    private readonly Dictionary<string, SafetensorsEntry> entries = [];
    private Dictionary<string, string>? metadata;
    private Utf8JsonReader json;

    private SafetensorsHeaderReader(ReadOnlySpan<byte> header, long dataBytes, string file)
    {
        (this.file, this.dataBytes, dataStart) = (file, dataBytes, 8 + header.Length);
        json = new Utf8JsonReader(header);
    }

    /// <exception cref="SafetensorsFormatException">It says something that cannot be.</exception>
    /// <exception cref="JsonException">Not JSON.</exception>
    /// <exception cref="InvalidOperationException">A string that is not text.</exception>
    public static SafetensorsHeader Read(ReadOnlySpan<byte> header, long dataBytes, string file)
    {
        var reader = new SafetensorsHeaderReader(header, dataBytes, file);
        reader.ReadAll();
        return new(reader.entries, reader.metadata ?? []);
    }

    private void ReadAll()
    {
        Expect(JsonTokenType.StartObject, "the header", "an object");
        while (NextName() is { } name)
        {
            if (name == "__metadata__")
            {
                metadata = metadata is null ? Metadata() : throw Twice(name);
            }
            else if (!entries.TryAdd(name, Entry(name)))
            {
                throw Twice(name);
            }
        }

        json.Read();        // throws when something follows
    }

    private Dictionary<string, string> Metadata()
    {
        var values = new Dictionary<string, string>();
        Expect(JsonTokenType.StartObject, "__metadata__", "an object");
        while (NextName() is { } name)
        {
            Expect(JsonTokenType.String, $"__metadata__, {name}", "a text");
            if (!values.TryAdd(name, json.GetString()!))
            {
                throw Twice($"__metadata__, {name}");
            }
        }

        return values;
    }

    private SafetensorsEntry Entry(string name)
    {
        string? type = null;
        List<long>? shape = null, offsets = null;
        Expect(JsonTokenType.StartObject, $"tensor {name}", "an object with dtype, shape, data_offsets");
        while (NextName() is { } field)
        {
            switch (field)
            {
                case "dtype":
                    Expect(JsonTokenType.String, $"dtype of tensor {name}", "a text");
                    type = type is null ? json.GetString() : throw Twice($"dtype of tensor {name}");
                    break;
                case "shape":
                    shape = shape is null ? Sizes($"shape of tensor {name}") : throw Twice($"shape of tensor {name}");
                    break;
                case "data_offsets":
                    offsets = offsets is null ? Sizes($"data_offsets of tensor {name}") : throw Twice($"data_offsets of tensor {name}");
                    break;
                default:
                    json.Skip();
                    break;
            }
        }

        return type is null || shape is null || offsets is null
            ? throw Wrong($"tensor {name} without {(type is null ? "dtype" : shape is null ? "shape" : "data_offsets")}", "dtype, shape and data_offsets")
            : Checked(name, type, shape, offsets);
    }

    private readonly SafetensorsEntry Checked(string name, string type, List<long> shape, List<long> offsets)
    {
        if (offsets is not [var begin, var end] || end < begin)
        {
            throw Wrong($"data_offsets [{string.Join(", ", offsets.Take(4))}] of tensor {name}", $"[begin, end] with 0 <= begin <= end <= {dataBytes}");
        }

        if (end > dataBytes)
        {
            throw Wrong($"a file of {dataStart + dataBytes} bytes", $"at least {(Int128)dataStart + end} up to the end of tensor {name}, as its header says");
        }

        var text = $"{type} [{string.Join(", ", shape.Take(8))}]";
        var elements = Elements(shape) ?? throw Wrong($"tensor {name} of {text}", "sizes whose product fits into memory");
        var bits = SafetensorsTypes.Bits(type);
        if (bits is { } known ? (Int128)elements * known != (Int128)(end - begin) * 8 : elements > (Int128)(end - begin) * 8)
        {
            throw Wrong($"{end - begin} bytes for tensor {name}", $"{(bits is { } each ? $"{((Int128)elements * each + 7) / 8}" : "more")} for {text}");
        }

        return new(name, type, shape, dataStart + begin, end - begin);
    }

    private static long? Elements(List<long> shape)
    {
        Int128 product = 1;
        foreach (var size in shape)
        {
            product *= size;
            if (product > long.MaxValue)
            {
                return null;
            }
        }

        return (long)product;
    }

    /// <summary>A list of whole numbers, none negative.</summary>
    private List<long> Sizes(string what)
    {
        var sizes = new List<long>();
        Expect(JsonTokenType.StartArray, what, "a list of numbers");
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            sizes.Add(json.TokenType == JsonTokenType.Number && json.TryGetInt64(out var size) && size >= 0 ? size
                : throw Wrong($"{what} with {(json.TokenType == JsonTokenType.Number ? "a number that is negative, too large or not whole" : json.TokenType)}", "whole numbers from 0"));
        }

        return sizes;
    }

    private string? NextName() => json.Read() && json.TokenType == JsonTokenType.PropertyName ? json.GetString() : null;

    private void Expect(JsonTokenType type, string what, string expected)
    {
        if (!json.Read() || json.TokenType != type)
        {
            throw Wrong($"{json.TokenType} as {what}", expected);
        }
    }

    private readonly SafetensorsFormatException Twice(string name) => Wrong($"{name} twice", "every name once");

    private readonly SafetensorsFormatException Wrong(string found, string expected) => new(file, found, expected);
}
