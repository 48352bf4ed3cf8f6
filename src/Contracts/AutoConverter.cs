using System.Text.Json;
using System.Text.Json.Serialization;

namespace ServerlessTuning.Contracts;

/// <summary>Reads a hyperparameter that is a value or the word <c>"auto"</c>; auto, null and a missing field are all null.</summary>
public sealed class AutoConverter<T> : JsonConverter<T?> where T : struct
{
    public override bool HandleNull => true;

    public override T? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.Null => null,
        JsonTokenType.String when reader.ValueTextEquals("auto") => null,
        _ => JsonSerializer.Deserialize<T>(ref reader, options),
    };

    public override void Write(Utf8JsonWriter writer, T? value, JsonSerializerOptions options)
    {
        if (value is { } known)
        {
            JsonSerializer.Serialize(writer, known, options);
        }
        else
        {
            writer.WriteStringValue("auto");
        }
    }
}
