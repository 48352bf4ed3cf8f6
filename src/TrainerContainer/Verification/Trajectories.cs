using System.Text.Json.Nodes;
using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Adapters;
using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Objectives;
using ServerlessTuning.Trainer.Training;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Verification;

/// <summary>Some steps of AdamW with accumulation, clipping and a schedule: losses, rates, norms, and where the weights end.</summary>
internal static class Trajectories
{
    public static Deviation Check(ReferenceCase reference)
    {
        using var scope = NewDisposeScope();
        var isAdapter = reference.Has("adapter");
        using var model = ModelFolder.Load(reference.PathOf("checkpoint"), ScalarType.Float32, trains: !isAdapter, CPU);
        using var trainee = new Trainee(model, isAdapter ? AdapterFiles.Attach(model, reference.PathOf("adapter")) : null);
        var settings = reference.Entry["hyperparameters"]!;
        using var optimizer = trainee.NewOptimizer(Number(settings, "weight_decay"), decaysAll: settings["decay"]!.GetValue<string>() == "all");
        var schedule = new Schedule(ScheduleType.Cosine, (int)Number(settings, "warmup"), (int)Number(settings, "steps"));
        var (log, worst) = (reference.Json("log"), Deviation.None);
        for (var step = 0; step < schedule.TotalSteps; step++)
        {
            var (loss, norm, rate) = Step(reference, trainee, optimizer, step, Number(settings, "max_grad_norm"), Number(settings, "lr") * schedule.At(step));
            worst = worst.Or(Deviation.Of($"loss of step {step}", Logged(log, "loss", step), loss, reference.Tolerance("losses")))
                .Or(Deviation.Of($"rate of step {step}", Logged(log, "lr", step), rate, (1e-9, 1e-12)))
                .Or(Deviation.Of($"gradient norm of step {step}", Logged(log, "grad_norm", step), norm, (1e-3, 1e-4)));
            worst = step == 3 && reference.Has("params_after_step4") ? worst.Or(Weights(reference, trainee, "params_after_step4")) : worst;
        }

        return worst.Or(Weights(reference, trainee, "final_params"));
    }

    private static (double Loss, double Norm, double Rate) Step(ReferenceCase reference, Trainee trainee, Optimizer optimizer, int step, double maxNorm, double rate)
    {
        using var scope = NewDisposeScope();
        var (ids, mask, labels) = (reference.Tensor("data", "input_ids")[step], reference.Tensor("data", "attention_mask")[step], reference.Tensor("data", "labels")[step]);
        var micro = Enumerable.Range(0, (int)ids.shape[0]).Select(i => Batch(ids[i], mask[i], labels[i])).ToList();
        var tokens = micro.Sum(batch => batch.SupervisedTokens);
        var pass = new TrainingPass(trainee.Text, trainee.Adapter, recompute: false);
        var score = micro.Aggregate(default(TokenScore), (sum, batch) => sum + pass.Run(batch, 1.0 / tokens, dropoutSeed: 0));
        var norm = optimizer.ClipGradients(maxNorm);
        optimizer.Step(rate);
        optimizer.ZeroGradients();
        micro.ForEach(batch => batch.Dispose());
        return (score.Mean, norm, rate);
    }

    private static TokenBatch Batch(Tensor ids, Tensor mask, Tensor labels)
    {
        var batch = new TokenBatch();
        for (var row = 0; row < ids.shape[0]; row++)
        {
            var real = mask[row].ne(0);
            batch.Add(ReferenceCase.Ints(ids[row].masked_select(real)), ReferenceCase.Ints(labels[row].masked_select(real)));
        }

        return batch.Build(ScalarType.Float32, CPU);
    }

    private static Deviation Weights(ReferenceCase reference, Trainee trainee, string field)
    {
        var prefix = trainee.Adapter is null ? "" : "base_model.model.";
        return trainee.Parameters.Aggregate(Deviation.None, (worst, item) =>
            worst.Or(Deviation.Of($"{field}, {item.Name}", reference.Tensor(field, prefix + item.Name), item.Parameter, reference.Tolerance("final_params"))));
    }

    private static double Number(JsonNode settings, string name) => settings[name]!.GetValue<double>();

    private static double Logged(JsonNode log, string name, int step) => log[name]![step]!.GetValue<double>();
}
