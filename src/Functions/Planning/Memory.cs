using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Checkpoints;
using ServerlessTuning.Functions.Registry;

namespace ServerlessTuning.Functions.Planning;

/// <summary>What a machine holds at once. Cautious guesses by size; a run that is still too large is tried again with half the rows.</summary>
internal static class Memory
{
    private const long Small = 100_000_000, Large = 1_000_000_000;

    public static (int Value, string Reason) MicroBatchRows(long parameters, int context, int rowsPerStep)
    {
        var tokens = parameters < Small ? 16_384 : parameters < Large ? 8_192 : 4_096;
        return (Math.Clamp(tokens / context, 1, rowsPerStep), $"about {tokens} tokens at once at this size; changes memory and speed, not the result");
    }

    public static (Precision Value, string Reason) Precision(long parameters) => parameters < Small
        ? (Contracts.Precision.Float32, "under 100 million parameters the time saved is small")
        : (Contracts.Precision.Bfloat16, "twice the speed; master weights, norms and loss stay in float32");

    public static (bool Value, string Reason) Recompute(BaseFacts model, bool quantized) => model.Task == ModelTask.SequenceToSequence
        ? (false, "an encoder-decoder keeps its activations")
        : quantized ? (true, "a base in four bits stays small only if a layer is unpacked when it is needed")
        : model.Parameters < Large ? (false, "the activations fit")
        : (true, "activations are computed again in the backward pass: less memory, a third more time");
}
