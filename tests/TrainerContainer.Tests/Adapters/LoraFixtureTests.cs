using ServerlessTuning.Testing;
using ServerlessTuning.Trainer.Adapters;
using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Objectives;
using ServerlessTuning.Trainer.Tests.Models;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Tests.Adapters;

/// <summary>Adapters in PEFT's layout against numbers of PEFT.</summary>
public sealed class LoraFixtureTests
{
    [SharedTheory]
    [InlineData("lora.llama2-tiny.qv")]
    [InlineData("lora.llama2-tiny.all")]
    public void Logits_loss_and_gradients_of_an_adapter_equal_the_references(string id)
    {
        using var scope = NewDisposeScope();
        var fixture = new Fixture(id);
        using var model = ModelFolder.Load(fixture.Checkpoint, ScalarType.Float32, trains: false, CPU);
        var adapter = AdapterFiles.Attach(model, fixture.Adapter);
        using var batch = fixture.Batch();

        var hidden = model.Hidden(batch.Input);
        fixture.AssertClose("logits", fixture.RealPositions(fixture.Expected("logits")), model.Language.Logits(hidden).detach());
        var score = TokenLoss.Backward(model.Language, hidden.index_select(0, batch.Predicting), batch.Targets, 1.0 / batch.SupervisedTokens);

        Assert.Equal(fixture.Loss, score.Mean, 1e-5 * fixture.Loss + 1e-6);
        foreach (var (name, parameter) in adapter.Parameters())
        {
            fixture.AssertClose("grads", fixture.Gradient($"base_model.model.{name}"), parameter.grad!, name);
        }
    }

    [SharedTheory]
    [InlineData("lora.llama2-tiny.qv")]
    [InlineData("lora.llama2-tiny.all")]
    public void Merged_matrices_equal_the_references(string id)
    {
        using var scope = NewDisposeScope();
        var fixture = new Fixture(id);
        using var model = ModelFolder.Load(fixture.Checkpoint, ScalarType.Float32, trains: false, CPU);
        var adapter = AdapterFiles.Attach(model, fixture.Adapter);

        foreach (var (name, update) in adapter.Layers)
        {
            var merged = model.Projections.Single(item => item.Name == name).Projection is var layer ? update.Merged(layer.Weight()) : null!;
            Assert.True(allclose(fixture.Of("merged", $"{name}.weight"), merged, 1e-5, 1e-6), name);
        }
    }

    [SharedFact]
    public void A_new_adapter_leaves_the_base_models_output_unchanged_to_the_bit()
    {
        using var scope = NewDisposeScope();
        var fixture = new Fixture("llama2-tiny");
        using var model = ModelFolder.Load(fixture.Checkpoint, ScalarType.Float32, trains: false, CPU);
        using var batch = fixture.Batch();
        var before = model.Hidden(batch.Input);

        LoraAdapter.Attach(model, new(4, 8, 0, ["q_proj", "down_proj"]), seed: 1);

        Assert.Equal(0, (before - model.Hidden(batch.Input)).abs().max().item<float>());
    }

    [SharedFact]
    public void A_target_that_fits_no_layer_is_refused_with_the_names_there_are()
    {
        var fixture = new Fixture("llama2-tiny");
        using var model = ModelFolder.Load(fixture.Checkpoint, ScalarType.Float32, trains: false, CPU);

        var error = Assert.Throws<AdapterException>(() => LoraAdapter.Attach(model, new(4, 8, 0, ["query"]), seed: 1));

        Assert.StartsWith("method.targetModules: found query, expected names of linear layers of the base model: q_proj, k_proj", error.Message, StringComparison.Ordinal);
    }
}
