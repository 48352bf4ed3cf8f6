using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Training;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Verification;

/// <summary>Sequences side by side in one row: the same numbers as each alone.</summary>
internal static class Packing
{
    public static Deviation Check(ReferenceCase reference)
    {
        using var scope = NewDisposeScope();
        using var model = ModelFolder.Load(reference.PathOf("checkpoint"), ScalarType.Float32, trains: true, CPU);
        using var batch = Batch(reference);
        var expected = reference.Tensor("expected", "logits").view(-1, model.Config.VocabSize).narrow(0, 0, batch.Tokens);
        var worst = Deviation.Of("logits", expected, model.Language.Logits(model.Hidden(batch.Input)), reference.Tolerance("logits"));
        var score = new TrainingPass(model, adapter: null, recompute: false).Run(batch, 1.0 / batch.SupervisedTokens, dropoutSeed: 0);
        return worst.Or(Deviation.Of("loss", reference.Number("loss"), score.Mean, reference.Tolerance("loss"))).Or(ForwardBackward.Gradients(reference, model.Parameters));
    }

    private static TokenBatch Batch(ReferenceCase reference)
    {
        var (ids, labels) = (ReferenceCase.Ints(reference.Tensor("inputs", "input_ids")[0]), ReferenceCase.Ints(reference.Tensor("inputs", "labels")[0]));
        var ends = ReferenceCase.Ints(reference.Tensor("inputs", "cu_seqlens"));
        var batch = new TokenBatch();
        foreach (var (begin, end) in ends.Zip(ends.Skip(1)).Where(segment => segment.First < segment.Second))
        {
            batch.Add(ids.AsSpan(begin, end - begin), labels.AsSpan(begin, end - begin));
        }

        return batch.Build(ScalarType.Float32, CPU);
    }
}
