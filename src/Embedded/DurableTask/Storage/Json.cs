using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.DurableTask;

namespace ServerlessTuning.Embedded.DurableTask.Storage;

/// <summary>The engine's own records as text; an app's data goes through its converter instead.</summary>
internal static class Json
{
    private static readonly HistoryJson Context = new(new JsonSerializerOptions
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    public static string Write(HistoryEntry entry) => JsonSerializer.Serialize(entry, Context.HistoryEntry);

    /// <exception cref="InvalidDataException">The file holds something else.</exception>
    public static HistoryEntry ReadEvent(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, Context.HistoryEntry)!;
        }
        catch (JsonException damage)
        {
            throw new InvalidDataException($"The durable history holds an event that cannot be read: {(json.Length > 200 ? json[..200] + "…" : json)}", damage);
        }
    }

    public static string? Write(TaskFailureDetails? failure) => failure is null ? null : JsonSerializer.Serialize(failure, Context.TaskFailureDetails);

    public static TaskFailureDetails? ReadFailure(string? json) => json is null ? null : JsonSerializer.Deserialize(json, Context.TaskFailureDetails);

    public static string? Write(IReadOnlyDictionary<string, string>? tags) => tags is null or { Count: 0 } ? null : JsonSerializer.Serialize(tags, Context.IReadOnlyDictionaryStringString);

    public static IReadOnlyDictionary<string, string>? ReadTags(string? json) => json is null ? null : JsonSerializer.Deserialize(json, Context.IReadOnlyDictionaryStringString);
}

[JsonSerializable(typeof(HistoryEntry))]
[JsonSerializable(typeof(TaskFailureDetails))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
internal sealed partial class HistoryJson : JsonSerializerContext;
