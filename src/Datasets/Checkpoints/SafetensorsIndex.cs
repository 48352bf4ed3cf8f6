using System.Text.Json;

namespace ServerlessTuning.Datasets.Checkpoints;

/// <summary>model.safetensors.index.json: which of several files holds which tensor.</summary>
public static class SafetensorsIndex
{
    public const string FileName = "model.safetensors.index.json";

    /// <summary>File name by tensor name.</summary>
    /// <param name="json">The index's text.</param>
    /// <exception cref="SafetensorsFormatException">Not an index, or it names something that is no file of its folder.</exception>
    public static IReadOnlyDictionary<string, string> Parse(ReadOnlySpan<byte> json)
    {
        var files = new Dictionary<string, string>();
        try
        {
            var reader = new Utf8JsonReader(json);
            Enter(ref reader);
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("weight_map"u8))
                {
                    Enter(ref reader);
                    ReadMap(ref reader, files);
                }
                else
                {
                    reader.Skip();
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Wrong($"text that cannot be read ({e.Message})", "JSON: weight_map, tensor name -> file name");
        }

        return files.Count > 0 ? files : throw Wrong("no tensor in its weight_map", "at least one");
    }

    /// <summary>Every tensor must be in the file that the index names.</summary>
    /// <param name="index">File name by tensor name.</param>
    /// <param name="found">File name by tensor name, as the files' headers say.</param>
    /// <exception cref="SafetensorsFormatException">One is not.</exception>
    public static void Check(IReadOnlyDictionary<string, string> index, IReadOnlyDictionary<string, string> found)
    {
        foreach (var (name, file) in index)
        {
            var there = found.GetValueOrDefault(name);
            if (there != file)
            {
                throw Wrong($"tensor {name} in {file}", there is null ? "a tensor that one of the files holds" : $"{there}, which holds it", "The index and the files belong to different uploads; upload all of them again.");
            }
        }
    }

    private static void ReadMap(ref Utf8JsonReader reader, Dictionary<string, string> files)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            var file = reader.Read() && reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw Wrong($"{reader.TokenType} as the file of tensor {name}", "a file name");
            if (!files.TryAdd(name, PlainName(file)))
            {
                throw Wrong($"tensor {name} twice", "every tensor once");
            }
        }
    }

    // A path could lead out of the folder.
    private static string PlainName(string file) => file.AsSpan().IndexOfAny("/\\:\0") < 0 && file.EndsWith(".safetensors", StringComparison.Ordinal) && file[0] != '.' ? file
        : throw Wrong($"the file '{file}'", "the name of a .safetensors file in the same folder");

    private static void Enter(ref Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw Wrong($"{reader.TokenType}", "an object with weight_map, tensor name -> file name");
        }
    }

    private static SafetensorsFormatException Wrong(string found, string expected, string? fix = null) => new(FileName, found, expected, fix);
}
