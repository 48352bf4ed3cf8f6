using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Registry;

namespace ServerlessTuning.Functions.Planning;

/// <summary>Turns a request into a plan with nothing left open, and a reason for each value. Pure.</summary>
public static class TrainingPlanner
{
    /// <param name="asked">Dataset, base and model are filled in.</param>
    public static PlannedTraining Plan(TuningRequest asked, BaseFacts model, DatasetReport data)
    {
        var task = asked.Task ?? data.Task;
        var fromScratch = !model.HasWeights;
        var problems = Objections(asked, task, model, data);
        if (problems.Count > 0)
        {
            return new(null, problems);
        }

        var values = new PlannedValues();
        var full = values.Take("method", asked.Method?.Type, fromScratch ? (MethodType.Full, "random weights: all of them train")
            : (MethodType.Lora, "little memory, and the base stays as it is")) == MethodType.Full;
        var lora = full ? null : PlanLora(asked.Method ?? new(), model, values);
        var training = PlanTraining(asked.Hyperparameters ?? new(), model, data, full, fromScratch, lora?.QuantizedBase ?? false, values);
        return new(new TuningPlan(asked.Base!, asked.Model!, task, lora, fromScratch, training, asked.Gate ?? new(), asked.Prompts, asked.Seed, values.All,
            MachineNeed.Of(training, model.Parameters, full, lora?.QuantizedBase ?? false), asked.Budget), []);
    }

    private static List<DatasetProblem> Objections(TuningRequest asked, TuningTask task, BaseFacts model, DatasetReport data)
    {
        List<DatasetProblem> problems = [];
        if (data.Test.Examples == 0 && data.Validation.Examples == 0)
        {
            problems.Add(new("tuning.json", null, "split", "no held-out example", "at least one, because base and tuned are judged by what neither saw",
                "Raise split.test or split.validation, or lay test.* beside the training file."));
        }

        if (!model.HasWeights && task == TuningTask.Supervised)
        {
            problems.Add(new("tuning.json", null, "base", $"\"{model.Name}\", which has no weights", "a trained model for supervised fine-tuning",
                "Upload its *.safetensors, or set \"task\": \"pretraining\" to train it from random weights."));
        }

        if (!model.HasWeights && asked.Method?.Type is MethodType.Lora or MethodType.Qlora)
        {
            problems.Add(new("tuning.json", null, "method.type", "an adapter on a base without weights", "\"full\"", "Leave the method out: from random weights everything trains."));
        }

        if (asked.Hyperparameters is { DecayRatio: not null, Schedule: not ScheduleType.WarmupStableDecay })
        {
            problems.Add(new("tuning.json", null, "hyperparameters.decayRatio", "a share for a schedule that has no last decline", "it beside \"schedule\": \"warmup_stable_decay\"",
                "Set that schedule, or leave decayRatio out."));
        }

        problems.AddRange(AdapterObjections.To(asked.Method ?? new(), model));
        return problems;
    }

    private static LoraConfig PlanLora(MethodRequest asked, BaseFacts model, PlannedValues values)
    {
        var rank = values.Take("rank", asked.Rank, (16, "enough for a few thousand examples; more changes little"));
        var alpha = values.Take("alpha", asked.Alpha, (2.0 * rank, "twice the rank"));
        var targets = asked.TargetModules ?? model.LinearLayers;
        values.Say("targetModules", string.Join(",", targets), asked.TargetModules is null ? "every linear layer but the head" : PlannedValues.Asked);
        values.SayIf(asked.Layers is not null, "layers", $"{asked.Layers}", PlannedValues.Asked);
        values.SayIf(asked.Init == AdapterInit.Pissa, "init", "pissa", $"{PlannedValues.Asked}: starts from each matrix's principal part; the published adapter has rank {2 * rank}");
        Note(asked.UseRslora, "useRslora", "the update is scaled by α / √r");
        Note(asked.UseDora, "useDora", "a length for each row trains too");
        Note(asked.LoraPlusRatio != 1, "loraPlusRatio", "B learns faster than A");
        return new(rank, alpha, asked.Dropout, targets, asked.UseRslora, asked.UseDora, QuantizedBase: asked.Type == MethodType.Qlora, LoraPlusRatio: asked.LoraPlusRatio,
            Init: asked.Init, Layers: asked.Layers is null ? null : LayerChoice.Of(asked.Layers, model.Layers));

        void Note(bool on, string name, string effect) => values.SayIf(on, name, name == "loraPlusRatio" ? $"{asked.LoraPlusRatio}" : "true", $"{PlannedValues.Asked}: {effect}");
    }

    private static TrainingPlan PlanTraining(HyperparameterRequest asked, BaseFacts model, DatasetReport data, bool full, bool fromScratch, bool quantized, PlannedValues values)
    {
        var context = data.ContextLength;
        values.Say("contextLength", $"{context}", asked.ContextLength is null ? $"what the base model allows ({model.MaxPositions}), at most 2048" : PlannedValues.Asked);
        var epochs = asked.MaxSteps is null ? values.Take("epochs", asked.Epochs, Pace.Epochs(data.Train.Examples, fromScratch)) : 0;
        var batch = values.Take("batchTokens", asked.BatchTokens, Pace.BatchTokens(data.Train.Tokens * Math.Max(epochs, 1), context));
        var perStep = Math.Max(1, batch / context) * (long)context;
        var steps = values.Take("totalSteps", asked.MaxSteps, Pace.Steps(data.Train.Tokens, epochs, perStep));
        var warmup = values.Take("warmupRatio", asked.WarmupRatio, (0.05, "a twentieth of the steps: the optimizer's moments settle"));
        var schedule = values.Take("schedule", asked.Schedule, (ScheduleType.Cosine, "the usual one"));
        var decay = schedule != ScheduleType.WarmupStableDecay ? 0 : values.Take("decayRatio", asked.DecayRatio, (0.2, "the last fifth of the steps: enough for most of the fall of the loss"));
        var warmupSteps = Rounded(warmup * steps);
        return new TrainingPlan(
            TotalSteps: steps,
            WarmupSteps: warmupSteps,
            LearningRate: values.Take("learningRate", asked.LearningRate, LearningRates.For(model.Parameters, full, fromScratch)),
            Schedule: schedule,
            WeightDecay: values.Take("weightDecay", asked.WeightDecay, full ? (0.1, "the usual one when all weights train") : (0.0, "adapters are small; decay does not help them")),
            MaxGradNorm: values.Take("maxGradNorm", asked.MaxGradNorm, (1.0, "the usual one")),
            BatchTokens: batch,
            ContextLength: context,
            MicroBatchRows: values.Take("microBatchRows", asked.MicroBatchRows, Memory.MicroBatchRows(model.Parameters, context, (int)(perStep / context))),
            EvaluateEverySteps: values.Take("evaluateEverySteps", asked.EvaluateEverySteps, (Math.Max(1, steps / 10), "ten times a run")),
            CheckpointEverySteps: values.Take("checkpointEverySteps", asked.CheckpointEverySteps, (Math.Clamp(steps / 10, 1, 500), "ten times a run, at most every 500 steps: so much is lost at worst")),
            Precision: values.Take("precision", null, Memory.Precision(model.Parameters)),
            Recompute: values.Take("recompute", null, quantized ? (true, "a base in four bits stays small only if a layer is unpacked when it is needed") : Memory.Recompute(model.Parameters)),
            Optimizer: values.Take("optimizer", asked.Optimizer, (OptimizerType.AdamW, "the usual one")),
            DecaySteps: Math.Min(Rounded(decay * steps), steps - warmupSteps));

        static int Rounded(double share) => (int)Math.Round(share, MidpointRounding.AwayFromZero);
    }
}

/// <param name="Plan">Null when there are problems.</param>
public sealed record PlannedTraining(TuningPlan? Plan, IReadOnlyList<DatasetProblem> Problems);
