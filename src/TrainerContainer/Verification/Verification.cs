using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Verification;

/// <summary>The kinds of reference cases that this trainer knows how to run.</summary>
public static class Verification
{
    private static readonly Dictionary<string, Func<ReferenceCase, Deviation>> Known = new(StringComparer.Ordinal)
    {
        ["forward_backward"] = ForwardBackward.Check,
        ["greedy"] = Greedy.Check,
        ["generate"] = Greedy.Check,
        ["tokenizer"] = Tokenizers.Check,
        ["table"] = Tables.Check,
        ["lora"] = Adapters.Check,
        ["qlora"] = Adapters.CheckQuantized,
        ["nf4"] = Quantized.Check,
        ["packing"] = Packing.Check,
        ["train"] = Trajectories.Check,
        ["dpo"] = Preferences.Direct,
        ["orpo"] = Preferences.OddsRatio,
        ["kto"] = Preferences.Kto,
        ["grpo"] = Preferences.Policy,
    };

    /// <returns>Null when the case's kind is not known.</returns>
    public static Deviation? Run(ReferenceCase reference)
    {
        if (!Known.TryGetValue(reference.Kind, out var check))
        {
            return null;
        }

        using var scope = NewDisposeScope();
        try
        {
            return check(reference);
        }
        catch (Exception e) when (e is not (OutOfMemoryException or OperationCanceledException)) // a case that cannot be run is a case that failed
        {
            return new(double.PositiveInfinity, 0, $"{e.GetType().Name}: {e.Message}");
        }
    }
}
