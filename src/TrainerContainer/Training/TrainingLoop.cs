using System.Diagnostics;
using ServerlessTuning.Contracts;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Training;

/// <summary>What happens between the steps; the loop says when.</summary>
public interface ITrainingChores
{
    /// <summary>Before a step, from 0: the examples that it learns, by row.</summary>
    void Begin(int step, IReadOnlyList<int[]> rows)
    {
    }

    /// <summary>After every step, and after a validation.</summary>
    void Report(StepMetrics metrics);

    /// <summary>Save everything needed to go on after this many steps.</summary>
    void SaveCheckpoint(int stepsDone);

    /// <summary>The last validation was the best so far, and the best is to be kept.</summary>
    bool WantsCheckpoint => false;

    /// <summary>More steps would not help.</summary>
    bool IsEnough => false;
}

/// <summary>The optimizer's loop: what a step's loss is divided by is the whole step's, however the step is cut into micro-batches.</summary>
/// <param name="order">Which examples a step learns.</param>
/// <param name="validation">Watched every so many steps; null when there is none.</param>
public sealed class TrainingLoop(
    IObjective objective, Optimizer optimizer, TrainingPlan plan, int seed, DataOrder order, TokenSplit data, TokenSplit? validation, ITrainingChores chores)
{
    private readonly Schedule schedule = new(plan.Schedule, plan.WarmupSteps, plan.TotalSteps, DecaySteps: plan.DecaySteps);

    /// <param name="firstStep">0 for a new run, or the number of steps that the loaded checkpoint had done.</param>
    /// <param name="stop">Looked at between micro-batches; a step is done whole or not at all.</param>
    /// <returns>True when all steps are done or more would not help, false when stopped; either way a checkpoint of the last whole step is saved.</returns>
    /// <exception cref="TrainingDivergedException">The loss or a gradient is not a number any more.</exception>
    public bool Run(int firstStep, CancellationToken stop)
    {
        var saved = firstStep;
        for (var step = firstStep; step < plan.TotalSteps && !chores.IsEnough; step++)
        {
            if (Step(step, stop) is not { } metrics)
            {
                SaveUnless(saved == step, step);
                return false;
            }

            chores.Report(metrics);
            var done = step + 1;
            if (validation is not null && (done % plan.EvaluateEverySteps == 0 || done == plan.TotalSteps) && !Validate(validation, done, stop))
            {
                SaveUnless(saved == done, done);
                return false;
            }

            if (done % plan.CheckpointEverySteps == 0 || done == plan.TotalSteps || chores.WantsCheckpoint)
            {
                chores.SaveCheckpoint(saved = done);
            }
        }

        return true;
    }

    /// <returns>False when stopped in the middle; the validation is then not reported.</returns>
    private bool Validate(TokenSplit split, int done, CancellationToken stop)
    {
        try
        {
            var score = objective.Measure(split, stop);
            chores.Report(new(done, null, null, null, null, null, null, score.Mean, score.Accuracy, Details: score.MeanDetails));
            return true;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return false;
        }
    }

    private void SaveUnless(bool already, int stepsDone)
    {
        if (!already && stepsDone > 0)
        {
            chores.SaveCheckpoint(stepsDone);
        }
    }

    /// <returns>Null when stopped before the optimizer's update.</returns>
    private StepMetrics? Step(int step, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        using var scope = NewDisposeScope();                                                  // every tensor of the step dies here
        if (Prepared(step, stop) is not { } batches)
        {
            return null;
        }

        try
        {
            var totals = StepTotals.Of(batches);
            var score = Score.None;
            foreach (var (index, batch) in batches.Index())
            {
                if (stop.IsCancellationRequested)
                {
                    optimizer.ZeroGradients();
                    return null;
                }

                score += objective.Backward(batch, totals, RandomSeeds.For(seed, step, index, 0, "dropout"));
            }

            return Update(step, score, totals, clock);
        }
        finally
        {
            foreach (var batch in batches)
            {
                batch.Dispose();
            }
        }
    }

    /// <returns>Null when stopped: answering prompts takes a while.</returns>
    private IReadOnlyList<IBatch>? Prepared(int step, CancellationToken stop)
    {
        var rows = order.Rows(step);
        chores.Begin(step, rows);
        try
        {
            return objective.Prepare(data, rows, step, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return null;
        }
    }

    private StepMetrics Update(int step, Score score, StepTotals totals, Stopwatch clock)
    {
        var norm = optimizer.ClipGradients(plan.MaxGradNorm);
        if (!double.IsFinite(score.Sum) || !double.IsFinite(norm))
        {
            throw new TrainingDivergedException(step, score.Mean, norm);
        }

        var rate = plan.LearningRate * schedule.At(step);
        optimizer.Step(rate);
        optimizer.ZeroGradients();
        var seconds = clock.Elapsed.TotalSeconds;
        return new(step + 1, score.Mean, rate, norm, totals.SupervisedTokens, totals.Tokens, totals.Tokens / seconds, TrainAccuracy: score.Accuracy, PeakMemoryMiB: PeakMemory(), Seconds: seconds, Details: score.MeanDetails);
    }

    /// <returns>MiB of the machine's memory; the API has no word for a GPU's.</returns>
    private static double PeakMemory()
    {
        using var process = Process.GetCurrentProcess();
        return Math.Round(process.PeakWorkingSet64 / 1048576.0, 1);
    }
}
