using System.Text.Json.Nodes;
using ServerlessTuning.Contracts;
using ServerlessTuning.Testing;
using ServerlessTuning.Trainer.Adapters;
using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Objectives;
using ServerlessTuning.Trainer.Tests.Models;
using ServerlessTuning.Trainer.Training;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Tests.Training;

/// <summary>Whole trajectories of AdamW with accumulation, clipping, warm-up and cosine, against the references.</summary>
public sealed class TrainingFixtureTests
{
    [SharedTheory]
    [InlineData("train.llama2-tiny.full")]
    [InlineData("train.llama2-tiny.lora-qv")]
    public void Ten_steps_have_the_references_losses_norms_and_final_weights(string id)
    {
        using var scope = NewDisposeScope();
        var fixture = new Fixture(id);
        var lora = id.Contains("lora", StringComparison.Ordinal);
        using var model = ModelFolder.Load(fixture.Checkpoint, ScalarType.Float32, trains: !lora, CPU);
        var trainee = new Trainee(model, lora ? AdapterFiles.Attach(model, fixture.Adapter) : null);
        var settings = fixture.Index["hyperparameters"]!;
        var optimizer = trainee.NewOptimizer(settings["weight_decay"]!.GetValue<double>());
        var schedule = new Schedule(ScheduleType.Cosine, settings["warmup"]!.GetValue<int>(), settings["steps"]!.GetValue<int>());
        var log = JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Shared!, "fixtures", fixture.Index["log"]!.GetValue<string>())))!;
        var pass = new TrainingPass(model, trainee.Adapter, recompute: false);

        for (var step = 0; step < 10; step++)
        {
            var batches = Enumerable.Range(0, 2).Select(micro => Batch(fixture, step, micro)).ToList();
            var scale = 1.0 / batches.Sum(batch => batch.SupervisedTokens);
            var score = batches.Aggregate(default(TokenScore), (sum, batch) => sum + pass.Run(batch, scale, 0));
            var norm = optimizer.ClipGradients(1);
            Assert.Equal(log["lr"]![step]!.GetValue<double>(), settings["lr"]!.GetValue<double>() * schedule.At(step), 1e-12);
            optimizer.Step(settings["lr"]!.GetValue<double>() * schedule.At(step));
            optimizer.ZeroGradients();

            Assert.Equal(log["loss"]![step]!.GetValue<double>(), score.Mean, 1e-3);
            Assert.Equal(log["grad_norm"]![step]!.GetValue<double>(), norm, 1e-3 * norm);
        }

        foreach (var (name, parameter) in trainee.Parameters)
        {
            var expected = fixture.Of("final_params", lora ? $"base_model.model.{name}" : name);
            Assert.True((parameter - expected).abs().max().item<float>() < 2e-4, name);
        }
    }

    [SharedFact]
    public void Schedules_equal_the_references()
    {
        var tables = JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Shared!, "fixtures", "methods", "lr_schedules.json")))!.AsArray();
        (ScheduleType, string)[] names = [(ScheduleType.Cosine, "cosine"), (ScheduleType.Linear, "linear"), (ScheduleType.Constant, "constant_with_warmup")];

        foreach (var (table, (type, name)) in tables.SelectMany(table => names.Select(name => (table!, name))))
        {
            var schedule = new Schedule(type, table["warmup_steps"]!.GetValue<int>(), table["training_steps"]!.GetValue<int>());
            var expected = table["multiplier_at_step"]![name]!.AsArray();
            Assert.All(Enumerable.Range(0, expected.Count), step => Assert.Equal(expected[step]!.GetValue<double>(), schedule.At(step), 1e-9));
        }
    }

    [SharedFact]
    public void Packed_loss_equals_the_reference()
    {
        using var scope = NewDisposeScope();
        var fixture = new Fixture("packing.llama2-tiny");
        using var model = ModelFolder.Load(fixture.Checkpoint, ScalarType.Float32, trains: true, CPU);
        using var batch = Fixture.BatchOf(fixture.Input("unpacked.input_ids"), fixture.Input("unpacked.attention_mask"), fixture.Input("unpacked.labels"));

        var hidden = model.Hidden(batch.Input);

        fixture.AssertClose("logits", fixture.Expected("logits").view(-1, 128).narrow(0, 0, batch.Tokens), model.Language.Logits(hidden).detach());
        Assert.Equal(fixture.Loss, TokenLoss.Measure(model.Language, hidden.index_select(0, batch.Predicting), batch.Targets).Mean, 1e-5 * fixture.Loss);
    }

    private static TokenBatch Batch(Fixture fixture, int step, int micro)
    {
        return Fixture.BatchOf(Part("input_ids"), Part("attention_mask"), Part("labels"));

        Tensor Part(string name) => fixture.Of("data", name)[step, micro];
    }
}
