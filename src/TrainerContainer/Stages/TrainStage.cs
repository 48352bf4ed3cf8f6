using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Checkpoints;
using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Training;

namespace ServerlessTuning.Trainer.Stages;

/// <summary>Trains from the run's latest checkpoint, or from the start, to the plan's last step; the final weights are the checkpoint of that step.</summary>
public sealed class TrainStage(StageContext context)
{
    /// <exception cref="InterruptedException">Stopped before the last step; the checkpoint of the last whole step counts.</exception>
    public async Task Run()
    {
        var latest = await context.Checkpoints.Claim(context.Stop.Token);
        await TakeOverMetrics(latest?.Step ?? 0);
        if (latest is { IsEnough: true } || latest?.Step >= context.Plan.Training.TotalSteps)
        {
            context.Log.Say($"Training is done: {latest.Path} has all {latest.Step} steps that it takes.");
            return;
        }

        if (Directory.Exists(context.Work.Checkpoints))
        {
            Directory.Delete(context.Work.Checkpoints, recursive: true); // an earlier trainer's: what counts is in the storage
        }

        if (latest is not null)
        {
            await context.Checkpoints.Download(latest, context.Work.Resume, context.Stop.Token);
        }

        await Task.Run(() => Train(latest)); // one thread from here on: dispose scopes belong to a thread
    }

    private void Train(LatestCheckpoint? latest)
    {
        var plan = context.Plan.Training;
        var data = context.Tokens(context.Order.Dataset.Train);
        var validation = context.Order.Dataset.Validation.Examples > 0 ? context.Tokens(context.Order.Dataset.Validation) : null;
        using var trainee = context.Models.NewTrainee();
        if (data.LargestId >= trainee.Model.Config.VocabSize)
        {
            throw BaseModelException.TokenizerTooLarge(context.Work.Base, data.LargestId + 1, trainee.Model.Config.VocabSize);
        }

        // Before the checkpoint is read: a reference is the model that training started from.
        var objective = new RunObjectives(context).ForTraining(trainee, data, validation);
        using var optimizer = trainee.NewOptimizer(plan.WeightDecay, type: plan.Optimizer);
        var firstStep = latest is null ? 0 : TrainingCheckpoint.Read(context.Work.Resume, trainee, optimizer);
        var chores = new Chores(context, trainee, optimizer);
        Announce(trainee, data, firstStep);

        context.Progress.Begin(Stage.Train, firstStep, plan.TotalSteps);
        var done = new TrainingLoop(objective, optimizer, plan, context.Plan.Seed, Order(context.Order, data), data, validation, chores).Run(firstStep, context.Stop.Token);
        chores.Uploads.Finish();
        if (!done)
        {
            context.Stop.ThrowIfRequested();
        }
    }

    /// <summary>Pairs share a row of twice the length; of reinforcement a row is a prompt, because its answers are what takes the room.</summary>
    public static DataOrder Order(WorkOrder order, TokenSplit data)
    {
        var plan = order.Plan.Training;
        var isPrompts = order.Plan.Task == TuningTask.Reinforcement;
        return new(isPrompts ? [.. data.Lengths.Select(_ => plan.RowTokens)] : data.Lengths, plan.RowTokens, plan.RowsPerStep, order.Plan.Seed,
            plan.Mixture is { } sources ? new Mixture(sources, order.Plan.Seed) : null);
    }

    /// <summary>An earlier attempt's metrics stay up to the step we go on from.</summary>
    private async Task TakeOverMetrics(int upToStep)
    {
        if (await context.Store.Read(BlobPaths.Runs, BlobPaths.Metrics(context.Order.RunId), context.Stop.Token) is { } earlier)
        {
            context.Metrics.Continue(earlier.Content.Span, upToStep);
        }
    }

    private void Announce(Trainee trainee, TokenSplit data, int firstStep)
    {
        var plan = context.Plan.Training;
        var trains = trainee.Parameters.Sum(item => item.Parameter.numel());
        context.Log.Say($"Training {trains:N0} parameters ({(trainee.Adapter is null ? context.Plan.Part is null ? "all" : "a part" : $"LoRA, rank {trainee.Adapter.Config.Rank}")}) of {context.Plan.Base} on {trainee.Device}, "
            + $"{plan.Precision} products, {data.Count:N0} examples, steps {firstStep + 1} to {plan.TotalSteps}.");
    }

    private sealed class Chores(StageContext context, Trainee trainee, Optimizer optimizer) : ITrainingChores
    {
        public CheckpointUploads Uploads { get; } = new(context.Checkpoints, context.Stop);

        public void Begin(int step, IReadOnlyList<int[]> rows) => context.Progress.Batch = new(step + 1, rows);

        public void Report(StepMetrics metrics)
        {
            var known = context.Metrics.Watch.Notices.Count;
            context.Metrics.Add(metrics);
            foreach (var notice in context.Metrics.Watch.Notices.Skip(known))
            {
                context.Log.Say(notice.Message);
            }

            if (metrics.ValidationLoss is { } validation)
            {
                context.Progress.Validated(validation);
                context.Log.Say($"Step {metrics.Step}: validation loss {validation:0.0000}, accuracy {metrics.ValidationAccuracy:0.000}.");
            }
            else
            {
                context.Progress.Advance(metrics.Step, metrics.Loss, metrics.Tokens ?? 0);
            }
        }

        public void SaveCheckpoint(int stepsDone)
        {
            var folder = Path.Combine(context.Work.Checkpoints, $"{stepsDone:000000}-e{context.Order.Epoch}");
            TrainingCheckpoint.Write(folder, trainee, optimizer, stepsDone);
            Uploads.Start(stepsDone, folder, isBest: WantsCheckpoint && context.Metrics.Best.Step == stepsDone, IsEnough);
        }

        public bool WantsCheckpoint => Patience is not null && (context.Metrics.Best is { Since: 0, Step: > 0 } || IsEnough);

        public bool IsEnough => Patience is { } patience && context.Metrics.Best.Since >= patience;

        private int? Patience => context.Plan.Training.EarlyStopping;
    }
}
