using ServerlessTuning.Contracts;

namespace ServerlessTuning.Functions.Planning;

/// <summary>How long a run learns and how much it takes at once.</summary>
internal static class Pace
{
    /// <summary>Examples seen by a small dataset's run; beyond ten passes a model learns by heart.</summary>
    private const double ExamplesSeen = 6000, MostEpochs = 10;

    private const int MostPreferenceEpochs = 3;

    /// <summary>Prompts that a step of reinforcement answers.</summary>
    private const int Prompts = 8;

    private const int StepsAimedAt = 300, LeastBatch = 1024, MostBatch = 65_536;

    public static (double Value, string Reason) Epochs(TuningTask task, long examples, bool fromScratch) =>
        task is TuningTask.Preference or TuningTask.Reward or TuningTask.Reinforcement
            ? (Math.Clamp(Math.Round(ExamplesSeen / Math.Max(examples, 1)), 1, MostPreferenceEpochs), $"preferences and rewards are overlearned soon: 1 to {MostPreferenceEpochs} passes over {examples}")
        : fromScratch ? (1, "from random weights more text helps, not more passes")
        : (Math.Clamp(Math.Round(ExamplesSeen / Math.Max(examples, 1)), 1, MostEpochs), $"about {ExamplesSeen:0} examples are seen, in 1 to {MostEpochs:0} passes over {examples}");

    /// <param name="tokens">All tokens that the run will see.</param>
    public static (int Value, string Reason) BatchTokens(double tokens, int context)
    {
        var rows = Math.Max(1, (int)Math.Round(Math.Clamp(tokens / StepsAimedAt, LeastBatch, MostBatch) / context));
        return (rows * context, $"about {StepsAimedAt} steps, {LeastBatch} to {MostBatch} tokens in whole rows: {rows} of {context}");
    }

    public static (int Value, string Reason) PromptTokens(int context) => (Prompts * context, $"{Prompts} prompts a step, each in a row of its own");

    public static (int Value, string Reason) PromptSteps(long prompts, double epochs, int perStep) =>
        (Math.Max(1, (int)Math.Ceiling(prompts * epochs / perStep)), $"{prompts} prompts, {epochs:0.##} times, {perStep} a step");

    /// <param name="perStep">Tokens of one step's rows.</param>
    public static (int Value, string Reason) Steps(long tokens, double epochs, long perStep) =>
        (Math.Max(1, (int)Math.Ceiling(tokens * epochs / perStep)), $"{tokens} tokens, {epochs:0.##} times, {perStep} a step");
}
