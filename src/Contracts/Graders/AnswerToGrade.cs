using System.Text.Json;

namespace ServerlessTuning.Contracts.Graders;

/// <summary>An answer beside the dataset line that it was sampled for.</summary>
/// <param name="item">The line, an object; its document must live as long as the grading.</param>
/// <param name="outputText">What the model said, without template tokens.</param>
public sealed class AnswerToGrade(JsonElement item, string outputText)
{
    private readonly Lazy<JsonElement?> outputJson = new(() => StrictJson.TryParse(outputText));

    public JsonElement Item { get; } = item;

    public string OutputText { get; } = outputText;

    /// <summary>The answer as JSON, or null when it is none.</summary>
    public JsonElement? OutputJson => outputJson.Value;
}
