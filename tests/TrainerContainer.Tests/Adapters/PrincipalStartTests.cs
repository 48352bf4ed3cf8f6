using ServerlessTuning.Contracts;
using ServerlessTuning.Testing;
using ServerlessTuning.Trainer.Adapters;
using ServerlessTuning.Trainer.Checkpoints;
using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Training;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Tests.Adapters;

/// <summary>PiSSA, beyond what holds for every kind of adapter.</summary>
public sealed class PrincipalStartTests
{
    private const string Layer = "model.layers.1.mlp.down_proj";
    private static readonly string Base = TinyBase.Create();
    private static readonly LoraConfig Pissa = new(4, 8, 0, ["q_proj", "down_proj"], Init: AdapterInit.Pissa);

    [Fact]
    public void The_adapter_starts_as_the_nearest_matrix_of_its_rank_and_the_base_keeps_the_rest()
    {
        using var scope = NewDisposeScope();
        using var untouched = Load();
        using var model = Load();
        var adapter = LoraAdapter.Attach(model, Pissa, seed: 3);
        var (whole, kept) = (Matrix(untouched), Matrix(model));
        var update = adapter.Layers.Single(layer => layer.Name == Layer).Update;

        var taken = update.B.mm(update.A) * update.Scaling;

        Assert.True((whole - kept - taken).abs().max().item<float>() < 1e-6);
        // Eckart and Young: what is left has the remaining singular values, so the two parts have the whole's squared length, and the rest is orthogonal to what was taken.
        Assert.Equal(Squared(whole), Squared(kept) + Squared(taken), 1e-4);
        Assert.True(kept.mm(taken.t()).abs().max().item<float>() < 1e-5);
        Assert.True(Squared(taken) > Squared(whole) * 4 / 32, "the largest four of 32 directions hold more than their share");
    }

    [Fact]
    public void Switched_off_it_is_the_base_model()
    {
        using var scope = NewDisposeScope();
        using var untouched = Load();
        using var model = Load();
        using var batch = Batch();
        var trainee = Trained(model);

        trainee.Adapter!.Enabled = false;

        Assert.True((Logits(untouched, batch) - Logits(model, batch)).abs().max().item<float>() < 1e-5);
    }

    [Fact]
    public void The_published_adapter_has_twice_the_rank_and_the_same_scale()
    {
        using var scope = NewDisposeScope();
        using var model = Load();
        var folder = Repository.NewFolder();

        AdapterFiles.Write(Trained(model).Adapter!, model, "base", folder);

        var config = AdapterFiles.ReadConfig(folder);
        Assert.Equal((8, 16.0, AdapterInit.Default), (config.Rank, config.Alpha, config.Init));
    }

    [Fact]
    public void A_checkpoint_brings_its_own_start_because_another_machine_may_find_another_one()
    {
        using var scope = NewDisposeScope();
        using var model = Load();
        using var batch = Batch();
        var trainee = Trained(model);
        var before = Logits(model, batch);
        trainee.Adapter!.MoveStarts(name => trainee.Adapter.Starts.Single(item => item.Name == name).Tensor * 0.5);
        Assert.True((Logits(model, batch) - before).abs().max().item<float>() > 1e-3, "the start was not moved");
        using var optimizer = trainee.NewOptimizer(0);
        var folder = Path.Combine(Repository.NewFolder(), "000001");
        TrainingCheckpoint.Write(folder, trainee, optimizer, 1);

        using var again = Load();
        var resumed = new Trainee(again, LoraAdapter.Attach(again, Pissa, seed: 4));
        TrainingCheckpoint.ReadWeights(folder, resumed);

        Assert.True((Logits(model, batch) - Logits(again, batch)).abs().max().item<float>() < 1e-5);
    }

    [Fact]
    public void A_base_in_four_bits_is_refused()
    {
        using var model = ModelFolder.Load(Base, ScalarType.Float32, trains: false, CPU, quantizes: true);

        Assert.StartsWith("method.init: found pissa over a base in four bits", Assert.Throws<AdapterException>(() => LoraAdapter.Attach(model, Pissa with { QuantizedBase = true }, seed: 1)).Message, StringComparison.Ordinal);
    }

    private static TextModel Load() => ModelFolder.Load(Base, ScalarType.Float32, trains: false, CPU);

    private static Tensor Matrix(TextModel model) => model.Projections.Single(item => item.Name == Layer).Projection.Stored.detach();

    private static double Squared(Tensor matrix) => matrix.square().sum().item<float>();

    private static Trainee Trained(TextModel model)
    {
        using var nothing = no_grad();
        var trainee = new Trainee(model, LoraAdapter.Attach(model, Pissa, seed: 3));
        foreach (var (_, parameter) in trainee.Parameters)
        {
            parameter.add_(randn(parameter.shape) * 0.1);
        }

        return trainee;
    }

    private static TokenBatch Batch()
    {
        var batch = new TokenBatch();
        batch.Add([5, 9, 200, 31, 7, 7, 8], [5, 9, 200, 31, 7, 7, 8]);
        return batch.Build(ScalarType.Float32, CPU);
    }

    private static Tensor Logits(TextModel model, TokenBatch batch)
    {
        using var nothing = no_grad();
        return model.Language.Logits(model.Hidden(batch.Input));
    }
}
