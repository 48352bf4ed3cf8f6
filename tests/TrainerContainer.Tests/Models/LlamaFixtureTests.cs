using ServerlessTuning.Testing;
using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Objectives;
using ServerlessTuning.Trainer.Training;
using static TorchSharp.torch;

namespace ServerlessTuning.TrainerContainer.Tests.Models;

/// <summary>Logits, loss and gradients against numbers of an independent implementation that was checked against transformers.</summary>
public sealed class LlamaFixtureTests
{
    [SharedTheory]
    [InlineData("llama2-tiny")]
    [InlineData("llama31-tiny")]
    [InlineData("llama32-tied-bf16")]
    [InlineData("llama-v5config-tiny")]
    public void Loss_logits_and_gradients_equal_the_references(string id)
    {
        using var scope = NewDisposeScope();
        var fixture = new Fixture(id);
        using var model = ModelFolder.Load(fixture.Checkpoint, ScalarType.Float32, trains: true, CPU);
        using var batch = fixture.Batch();

        var hidden = model.call(batch.Ids, batch.Positions, batch.Attention);
        fixture.AssertClose("logits", fixture.RealPositions(fixture.Expected("logits")), model.Logits(hidden).detach());
        var score = TokenLoss.Backward(model, hidden.index_select(0, batch.Predicting), batch.Targets, 1.0 / batch.SupervisedTokens);

        Assert.Equal(fixture.Loss, score.Mean, 1e-5 * fixture.Loss + 1e-6);
        foreach (var (name, parameter) in model.named_parameters())
        {
            fixture.AssertClose("grads", fixture.Gradient(name), parameter.grad!, name);
        }
    }

    [SharedTheory]
    [InlineData("llama2-tiny")]
    [InlineData("llama32-tied-bf16")]
    public void Recomputation_gives_the_same_gradients(string id)
    {
        using var scope = NewDisposeScope();
        var fixture = new Fixture(id);
        using var model = ModelFolder.Load(fixture.Checkpoint, ScalarType.Float32, trains: true, CPU);
        using var batch = fixture.Batch();

        var score = new TrainingPass(model, adapter: null, recompute: true).Run(batch, 1.0 / batch.SupervisedTokens, dropoutSeed: 0);

        Assert.Equal(fixture.Loss, score.Mean, 1e-5 * fixture.Loss + 1e-6);
        foreach (var (name, parameter) in model.named_parameters())
        {
            fixture.AssertClose("grads", fixture.Gradient(name), parameter.grad!, name);
        }
    }
}
