using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ServerlessTuning.Embedded.DurableTask;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Functions.Tests.Histories;

/// <summary>The committed files beside this one: a run each, with its sub-orchestrations.</summary>
internal static class HistoryFiles
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter() },
    };

    private static string Folder => Path.Combine(Repository.Root, "tests", "Functions.Tests", "Histories");

    public static IEnumerable<string> Names => Directory.GetFiles(Folder, "*.json").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal);

    public static IReadOnlyList<RecordedHistory> Read(string name) =>
        JsonSerializer.Deserialize<List<RecordedHistory>>(File.ReadAllText(Path.Combine(Folder, name + ".json")), Json)!;

    /// <summary>Stack traces in it name files relative to the checkout.</summary>
    public static void Write(string name, IEnumerable<RecordedHistory> histories) =>
        File.WriteAllText(Path.Combine(Folder, name + ".json"), JsonSerializer.Serialize(histories, Json).Replace(Repository.Root, ".", StringComparison.Ordinal) + "\n");
}
