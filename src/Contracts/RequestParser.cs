using System.Text;
using System.Text.Json;
using static ServerlessTuning.Contracts.RequestField;

namespace ServerlessTuning.Contracts;

/// <summary>Reads <c>tuning.json</c> or the body of <c>POST /runs</c>, and says everything that is wrong with it at once.</summary>
public static class RequestParser
{
    private static readonly RequestField Root = Object("",
        Folder("dataset"),
        Folder("base"),
        Folder("model"),
        OneOf<TuningTask>("task"),
        Object("method",
            OneOf<MethodType>("type"),
            Whole("rank", 1, 256, auto: true),
            Positive("alpha", 4096),
            Below("dropout", 0, 1),
            Flag("useRslora"),
            Flag("useDora"),
            Between("loraPlusRatio", 1, 1000),
            OneOf<AdapterInit>("init"),
            Layers("layers"),
            Texts("targetModules", 50, 100),
            Texts("modulesToSave", 50, 100),
            Whole("lastLayers", 1, 10_000, auto: true),
            Folder("from")),
        Object("hyperparameters",
            Positive("epochs", 1000),
            Whole("maxSteps", 1, 100_000_000, auto: true),
            Positive("learningRate", 1),
            Whole("batchTokens", 1, 16_777_216, auto: true),
            Whole("contextLength", 8, 1_048_576, auto: true),
            Whole("microBatchRows", 1, 4096, auto: true),
            Between("warmupRatio", 0, 0.5, auto: true),
            Between("weightDecay", 0, 1, auto: true),
            Positive("maxGradNorm", 1000),
            OneOf<ScheduleType>("schedule", auto: true),
            Whole("evaluateEverySteps", 1, 100_000_000, auto: true),
            Whole("checkpointEverySteps", 1, 100_000_000, auto: true),
            OneOf<OptimizerType>("optimizer", auto: true),
            Between("decayRatio", 0, 1, auto: true),
            Whole("earlyStopping", 1, 10_000, auto: true),
            Between("maskRatio", 0.01, 0.9, auto: true),
            Between("labelSmoothing", 0, 0.9, auto: true),
            Between("neftuneAlpha", 0, 100, auto: true),
            Below("dropout", 0, 1, auto: true)),
        Texts("labels", 10_000, 1000),
        Shares("mixture"),
        Object("preference",
            OneOf<PreferenceLossType>("loss"),
            Positive("beta", 1000),
            Below("labelSmoothing", 0, 0.5),
            Between("gamma", 0, 1000, auto: true),
            Between("desirableWeight", 0, 1000),
            Between("undesirableWeight", 0, 1000)),
        Object("reinforcement",
            Any("grader"),
            Whole("generations", 2, 1024, auto: true),
            Whole("maxAnswerTokens", 1, 1_048_576, auto: true),
            Positive("temperature", 100, auto: false),
            Positive("topP", 1, auto: false),
            Between("beta", 0, 1000),
            OneOf<PolicyAverage>("loss"),
            OneOf<ImportanceLevel>("importance"),
            Between("epsilon", 0, 1),
            Between("epsilonHigh", 0, 1000),
            OneOf<RewardScale>("scaleRewards")),
        Object("split",
            Between("validation", 0, 0.5),
            Between("test", 0, 0.5),
            Whole("minimumExamples", 1, int.MaxValue),
            OneOf<OverlongRule>("overlong")),
        Object("gate", Below("minimumImprovement", -1000, 1)),
        Texts("prompts", 20, 4000),
        Whole("seed", int.MinValue, int.MaxValue),
        Object("budget",
            Positive("maxCost", 1_000_000, auto: false),
            Duration("maxDuration")));

    /// <param name="utf8">A byte order mark is fine.</param>
    /// <param name="file">Named in the problems: <c>tuning.json</c>, or what else the text came from.</param>
    public static ParsedRequest Parse(ReadOnlyMemory<byte> utf8, string file)
    {
        List<DatasetProblem> problems = [];
        var text = utf8.Span.StartsWith(Encoding.UTF8.Preamble) ? utf8[Encoding.UTF8.Preamble.Length..] : utf8;
        try
        {
            _ = new UTF8Encoding(false, throwOnInvalidBytes: true).GetCharCount(text.Span);
            using var document = JsonDocument.Parse(text);
            new RequestCheck(file, Root, problems).Object("", document.RootElement, Root);
        }
        catch (DecoderFallbackException e)
        {
            problems.Add(new(file, null, null, $"bytes that are not UTF-8 (0x{e.BytesUnknown?[0]:x2} at byte {e.Index})", "UTF-8 text", "Save the file as UTF-8."));
        }
        catch (JsonException e)
        {
            problems.Add(NotJson(file, e));
        }

        return problems.Count > 0 ? new(null, problems) : new(JsonSerializer.Deserialize<TuningRequest>(text.Span, TuningJson.Options), []);
    }

    private static DatasetProblem NotJson(string file, JsonException e)
    {
        var what = e.Message.Split(" LineNumber:")[0].TrimEnd('.'); // the place stands in the problem already
        return new(file, e.LineNumber + 1, null, $"text that is not JSON at byte {e.BytePositionInLine + 1} of the line ({what})", "a JSON object",
            "Mind quotes, commas and braces; comments and trailing commas are not allowed.");
    }
}

/// <param name="Request">Null when there are problems.</param>
public sealed record ParsedRequest(TuningRequest? Request, IReadOnlyList<DatasetProblem> Problems);
