using ServerlessTuning.Trainer.Generation;
using ServerlessTuning.Trainer.Models;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Verification;

/// <summary>The likeliest continuation, token for token.</summary>
internal static class Greedy
{
    private static readonly HashSet<int> Never = [];

    public static Deviation Check(ReferenceCase reference)
    {
        using var scope = NewDisposeScope();
        using var model = ModelFolder.LoadAny(reference.PathOf("checkpoint"), ScalarType.Float32, trains: false, CPU);
        var expected = reference.Ids("generated_ids");
        var said = Continuation.Greedy(model, [reference.Ids("prompt_ids")], expected.Length, Never)[0];
        var same = said.Zip(expected).TakeWhile(pair => pair.First == pair.Second).Count();
        return Deviation.Exact(same == expected.Length, $"{expected.Length} tokens, {same} of them right");
    }
}
