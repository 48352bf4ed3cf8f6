using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Checkpoints;
using ServerlessTuning.Functions.Registry;

namespace ServerlessTuning.Functions.Planning;

/// <summary>Turns a request into a plan with nothing left open, and a reason for each value. Pure.</summary>
public static class TrainingPlanner
{
    /// <param name="asked">Dataset, base and model are filled in.</param>
    /// <param name="earlier">The published adapter to go on from; null for a new one.</param>
    public static PlannedTraining Plan(TuningRequest asked, BaseFacts model, DatasetReport data, FoundAdapter? earlier = null)
    {
        var task = asked.Task ?? data.Task;
        var fromScratch = !model.HasWeights;
        var problems = Objections(asked, task, model, data);
        if (problems.Count > 0)
        {
            return new(null, problems);
        }

        var values = new PlannedValues();
        var method = values.Take("method", asked.Method?.Type, MethodFor(task, model));
        var full = method is not (MethodType.Lora or MethodType.Qlora);
        var lora = full ? null : PlanLora(asked.Method ?? new(), method, task, model, earlier, values);
        var part = method == MethodType.LastLayers ? new TrainedPart(values.Take("lastLayers", asked.Method?.LastLayers, (2, "the blocks next to the head change most"))) : method == MethodType.Head ? new TrainedPart(0) : null;
        var preference = task == TuningTask.Preference ? TaskPlans.Preference(asked.Preference ?? new(), data, values) : null;
        var reinforcement = task == TuningTask.Reinforcement ? TaskPlans.Reinforcement(asked.Reinforcement!, data.ContextLength, values) : null;
        var training = PlanTraining(asked.Hyperparameters ?? new(), task, model, data, full, lora?.QuantizedBase ?? false, reinforcement, values) with { Mixture = Mixing.Of(asked.Mixture, data, values) };
        return new(new TuningPlan(asked.Base!, asked.Model!, task, lora, fromScratch, training, asked.Gate ?? new(), asked.Prompts, asked.Seed, values.All,
            MachineNeed.Of(training, model.Parameters, full && part is null, lora?.QuantizedBase ?? false), asked.Budget, part, preference, reinforcement, earlier?.Start), []);
    }

    /// <summary>Encoders and encoder-decoders are small and are tuned whole, as their papers do.</summary>
    private static (MethodType Value, string Reason) MethodFor(TuningTask task, BaseFacts model) =>
        !model.HasWeights ? (MethodType.Full, "random weights: all of them train")
        : task == TuningTask.MaskedLanguage || (model.Task != ModelTask.CausalLanguage && model.Parameters < 1_000_000_000) ? (MethodType.Full, "a small model with both sides in view: all of it trains")
        : (MethodType.Lora, "little memory, and the base stays as it is");

    private static List<DatasetProblem> Objections(TuningRequest asked, TuningTask task, BaseFacts model, DatasetReport data)
    {
        List<DatasetProblem> problems = [];
        if (data.Test.Examples == 0 && data.Validation.Examples == 0)
        {
            problems.Add(new("tuning.json", null, "split", "no held-out example", "at least one, because base and tuned are judged by what neither saw",
                "Raise split.test or split.validation, or lay test.* beside the training file."));
        }

        if (!model.HasWeights && task is not (TuningTask.Pretraining or TuningTask.MaskedLanguage or TuningTask.SequenceToSequence))
        {
            problems.Add(new("tuning.json", null, "base", $"\"{model.Name}\", which has no weights", "a trained model for this task",
                "Upload its *.safetensors, or set \"task\": \"pretraining\" (for an encoder \"masked_language\") to train it from random weights."));
        }

        problems.AddRange(TaskPlans.Objections(asked, task, model, data));
        if (!model.HasWeights && asked.Method?.Type is not (null or MethodType.Full))
        {
            problems.Add(new("tuning.json", null, "method.type", "a part of a base without weights", "\"full\"", "Leave the method out: from random weights everything trains."));
        }

        if (asked.Hyperparameters is { DecayRatio: not null, Schedule: not ScheduleType.WarmupStableDecay })
        {
            problems.Add(new("tuning.json", null, "hyperparameters.decayRatio", "a share for a schedule that has no last decline", "it beside \"schedule\": \"warmup_stable_decay\"",
                "Set that schedule, or leave decayRatio out."));
        }

        if (asked.Hyperparameters?.Dropout > 0 && !DropsHidden(task))
        {
            problems.Add(new("tuning.json", null, "hyperparameters.dropout", $"{asked.Hyperparameters.Dropout} for a task that compares the model's own probabilities", "none",
                "Leave it out; an adapter has method.dropout."));
        }

        problems.AddRange(Mixing.Objections(asked.Mixture, data));
        problems.AddRange(AdapterObjections.To(asked.Method ?? new(), model));
        return problems;
    }

    /// <summary>Where probabilities are compared with a reference's, or rewards with each other, dropping is noise on both.</summary>
    private static bool DropsHidden(TuningTask task) => task is not (TuningTask.Preference or TuningTask.Reward or TuningTask.Reinforcement);

    private static LoraConfig PlanLora(MethodRequest asked, MethodType method, TuningTask task, BaseFacts model, FoundAdapter? earlier, PlannedValues values)
    {
        if (earlier is { Start: { } start, Shape: { } shape })
        {
            values.Say("from", $"{start.Model}@{start.Version}", $"a published adapter of rank {shape.Rank}; its shape is kept");
            return shape with { QuantizedBase = method == MethodType.Qlora, LoraPlusRatio = asked.LoraPlusRatio };
        }

        var rank = values.Take("rank", asked.Rank, (16, "enough for a few thousand examples; more changes little"));
        var alpha = values.Take("alpha", asked.Alpha, (2.0 * rank, "twice the rank"));
        var targets = asked.TargetModules ?? model.LinearLayers;
        values.Say("targetModules", string.Join(",", targets), asked.TargetModules is null ? "every linear layer but the head" : PlannedValues.Asked);
        values.SayIf(asked.Layers is not null, "layers", $"{asked.Layers}", PlannedValues.Asked);
        values.SayIf(asked.Init == AdapterInit.Pissa, "init", "pissa", $"{PlannedValues.Asked}: starts from each matrix's principal part; the published adapter has rank {2 * rank}");
        Note(asked.UseRslora, "useRslora", "the update is scaled by α / √r");
        Note(asked.UseDora, "useDora", "a length for each row trains too");
        Note(asked.LoraPlusRatio != 1, "loraPlusRatio", "B learns faster than A");
        List<string> whole = [.. TaskConfig.HeadOf(model.ModelType, task).Union(asked.ModulesToSave ?? [])];
        values.SayIf(whole.Count > 0, "modulesToSave", string.Join(",", whole), asked.ModulesToSave is null ? "the new head trains whole" : $"{PlannedValues.Asked}, and a new head");
        return new(rank, alpha, asked.Dropout, targets, asked.UseRslora, asked.UseDora, whole.Count > 0 ? whole : null, QuantizedBase: method == MethodType.Qlora, LoraPlusRatio: asked.LoraPlusRatio,
            Init: asked.Init, Layers: asked.Layers is null ? null : LayerChoice.Of(asked.Layers, model.Layers));

        void Note(bool on, string name, string effect) => values.SayIf(on, name, name == "loraPlusRatio" ? $"{asked.LoraPlusRatio}" : "true", $"{PlannedValues.Asked}: {effect}");
    }

    private static TrainingPlan PlanTraining(
        HyperparameterRequest asked, TuningTask task, BaseFacts model, DatasetReport data, bool full, bool quantized, ReinforcementPlan? reinforcement, PlannedValues values)
    {
        var (context, row, fromScratch) = (data.ContextLength, data.ContextLength * data.SequencesPerExample, !model.HasWeights);
        values.Say("contextLength", $"{context}", asked.ContextLength is null ? $"what the base model allows ({model.MaxPositions}), at most 2048" : PlannedValues.Asked);
        var epochs = asked.MaxSteps is null ? values.Take("epochs", asked.Epochs, Pace.Epochs(task, data.Train.Examples, fromScratch)) : 0;
        var batch = values.Take("batchTokens", asked.BatchTokens, reinforcement is not null ? Pace.PromptTokens(row) : Pace.BatchTokens(data.Train.Tokens * Math.Max(epochs, 1), row));
        var rows = Math.Max(1, batch / row);
        var steps = values.Take("totalSteps", asked.MaxSteps, reinforcement is not null ? Pace.PromptSteps(data.Train.Examples, epochs, rows) : Pace.Steps(data.Train.Tokens, epochs, rows * (long)row));
        var warmup = values.Take("warmupRatio", asked.WarmupRatio, (0.05, "a twentieth of the steps: the optimizer's moments settle"));
        var schedule = values.Take("schedule", asked.Schedule, (ScheduleType.Cosine, "the usual one"));
        var decay = schedule != ScheduleType.WarmupStableDecay ? 0 : values.Take("decayRatio", asked.DecayRatio, (0.2, "the last fifth of the steps: enough for most of the fall of the loss"));
        var warmupSteps = Rounded(warmup * steps);
        return new TrainingPlan(
            TotalSteps: steps,
            WarmupSteps: warmupSteps,
            LearningRate: values.Take("learningRate", asked.LearningRate, LearningRates.For(task, model.Parameters, full, fromScratch)),
            Schedule: schedule,
            WeightDecay: values.Take("weightDecay", asked.WeightDecay, full ? (0.1, "the usual one when all weights train") : (0.0, "adapters are small; decay does not help them")),
            MaxGradNorm: values.Take("maxGradNorm", asked.MaxGradNorm, (1.0, "the usual one")),
            BatchTokens: batch,
            ContextLength: context,
            MicroBatchRows: values.Take("microBatchRows", asked.MicroBatchRows, Memory.MicroBatchRows(model.Parameters, row * (reinforcement?.Generations ?? 1), rows)),
            EvaluateEverySteps: values.Take("evaluateEverySteps", asked.EvaluateEverySteps, (Math.Max(1, steps / 10), "ten times a run")),
            CheckpointEverySteps: values.Take("checkpointEverySteps", asked.CheckpointEverySteps, (Math.Clamp(steps / 10, 1, 500), "ten times a run, at most every 500 steps: so much is lost at worst")),
            Precision: values.Take("precision", null, Memory.Precision(model.Parameters)),
            Recompute: values.Take("recompute", null, Memory.Recompute(model, quantized)),
            Optimizer: values.Take("optimizer", asked.Optimizer, (OptimizerType.AdamW, "the usual one")),
            DecaySteps: Math.Min(Rounded(decay * steps), steps - warmupSteps),
            EarlyStopping: asked.EarlyStopping,
            MaskRatio: asked.MaskRatio ?? 0.15,
            LabelSmoothing: asked.LabelSmoothing ?? 0,
            NeftuneAlpha: asked.NeftuneAlpha ?? 0,
            Dropout: DropsHidden(task) ? values.Take("dropout", asked.Dropout, (model.Dropout, model.Dropout > 0 ? "what the base's config says" : "the base was not made with any")) : 0,
            SequencesPerExample: data.SequencesPerExample);

        static int Rounded(double share) => (int)Math.Round(share, MidpointRounding.AwayFromZero);
    }
}

/// <param name="Plan">Null when there are problems.</param>
public sealed record PlannedTraining(TuningPlan? Plan, IReadOnlyList<DatasetProblem> Problems);
