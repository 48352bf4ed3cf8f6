namespace ServerlessTuning.Functions.Planning;

/// <summary>How long a run learns and how much it takes at once.</summary>
internal static class Pace
{
    /// <summary>Examples seen by a small dataset's run; beyond ten passes a model learns by heart.</summary>
    private const double ExamplesSeen = 6000, MostEpochs = 10;

    private const int StepsAimedAt = 300, LeastBatch = 1024, MostBatch = 65_536;

    public static (double Value, string Reason) Epochs(long examples, bool fromScratch) =>
        fromScratch ? (1, "from random weights more text helps, not more passes")
        : (Math.Clamp(Math.Round(ExamplesSeen / Math.Max(examples, 1)), 1, MostEpochs), $"about {ExamplesSeen:0} examples are seen, in 1 to {MostEpochs:0} passes over {examples}");

    /// <param name="tokens">All tokens that the run will see.</param>
    public static (int Value, string Reason) BatchTokens(double tokens, int context)
    {
        var rows = Math.Max(1, (int)Math.Round(Math.Clamp(tokens / StepsAimedAt, LeastBatch, MostBatch) / context));
        return (rows * context, $"about {StepsAimedAt} steps, {LeastBatch} to {MostBatch} tokens in whole rows: {rows} of {context}");
    }

    /// <param name="perStep">Tokens of one step's rows.</param>
    public static (int Value, string Reason) Steps(long tokens, double epochs, long perStep) =>
        (Math.Max(1, (int)Math.Ceiling(tokens * epochs / perStep)), $"{tokens} tokens, {epochs:0.##} times, {perStep} a step");
}
