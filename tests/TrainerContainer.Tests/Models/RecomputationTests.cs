using ServerlessTuning.Testing;
using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Training;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Tests.Models;

/// <summary>A pass that keeps only each block's input, in every family of decoders.</summary>
public sealed class RecomputationTests
{
    [SharedTheory]
    [InlineData("llama2-tiny")]
    [InlineData("llama32-tied-bf16")]
    [InlineData("gpt2-tiny")]
    [InlineData("qwen3-tiny")]
    [InlineData("mistral-tiny-fp16")]
    [InlineData("gemma3-text-tiny")]
    public void Recomputation_gives_the_same_gradients(string id)
    {
        using var scope = NewDisposeScope();
        var fixture = new Fixture(id);
        using var model = ModelFolder.Load(fixture.Checkpoint, ScalarType.Float32, trains: true, CPU);
        using var batch = fixture.Batch();

        var score = new TrainingPass(model, adapter: null, recompute: true).Run(batch, 1.0 / batch.SupervisedTokens, dropoutSeed: 0);

        Assert.Equal(fixture.Loss, score.Mean, 1e-5 * fixture.Loss + 1e-6);
        foreach (var (name, parameter) in model.Parameters)
        {
            fixture.AssertClose("grads", fixture.Gradient(name), parameter.grad!, name);
        }
    }
}
