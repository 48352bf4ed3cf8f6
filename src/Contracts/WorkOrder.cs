namespace ServerlessTuning.Contracts;

/// <summary>What one attempt of the trainer does, on one machine: <c>attempts/{k}/order.json</c>.</summary>
/// <param name="RunId">The run, also the folder <c>runs/{run}/</c>.</param>
/// <param name="Attempt">Counted from 1.</param>
/// <param name="Epoch">Fencing number: higher for every new attempt. A checkpoint pointer written under a higher epoch may not be replaced by a lower one.</param>
/// <param name="Plan">What to do.</param>
/// <param name="Dataset">The token shards.</param>
/// <param name="Stages">Done in this order; a stage whose result is already there is not repeated.</param>
/// <param name="HeartbeatSeconds">Pace of heartbeat.json, metrics.jsonl and the log.</param>
/// <param name="LeaseSeconds">When the control plane has not renewed <c>attempts/{k}/lease.json</c> for this long, the trainer checkpoints and exits 30.</param>
public sealed record WorkOrder(
    string RunId,
    int Attempt,
    long Epoch,
    TuningPlan Plan,
    DatasetReport Dataset,
    IReadOnlyList<Stage> Stages,
    double HeartbeatSeconds = 15,
    double LeaseSeconds = 120);

public enum Stage
{
    Train,
    Evaluate,
    Export,
}

/// <summary>How the trainer's process ends.</summary>
public static class ExitCodes
{
    /// <summary>All stages done.</summary>
    public const int Done = 0;

    /// <summary>Anything not named here: worth a retry.</summary>
    public const int Failed = 1;

    /// <summary>The request is at fault (data, base model, values): no retry.</summary>
    public const int RequestAtFault = 10;

    /// <summary>Out of memory: another attempt with half the micro-batch and the same effective batch, down to one row.</summary>
    public const int OutOfMemory = 20;

    /// <summary>Interrupted with a checkpoint (SIGTERM, lost lease, fenced): continue elsewhere.</summary>
    public const int Interrupted = 30;

    /// <summary>Said by the machine itself: the GPU's driver did not come up. Another machine may do.</summary>
    public const int NoDriver = 50;

    /// <summary>Said by the machine itself: the trainer's image could not be pulled.</summary>
    public const int NoImage = 51;
}

/// <summary>A sign of life: <c>attempts/{k}/heartbeat.json</c>, overwritten at the order's pace.</summary>
/// <param name="At">When it was written, by the trainer's clock.</param>
/// <param name="Stage">What the trainer is doing.</param>
/// <param name="Step">Steps done in this stage.</param>
/// <param name="TotalSteps">Steps of this stage.</param>
/// <param name="Loss">Training loss of the last step, nats per supervised token; null outside training.</param>
/// <param name="ValidationLoss">The last one measured, nats per supervised token.</param>
/// <param name="TokensPerSecond">All tokens, over the last few seconds.</param>
/// <param name="SecondsLeft">Of this stage, estimated.</param>
/// <param name="Notice">The last thing that the losses told of, for people; null for nothing.</param>
public sealed record Heartbeat(
    DateTimeOffset At, Stage Stage, int Step, int TotalSteps, double? Loss, double? ValidationLoss, double? TokensPerSecond, double? SecondsLeft, string? Notice = null);

/// <summary>The trainer's last word: <c>attempts/{k}/done.json</c>, written after the last stage or on a typed failure.</summary>
/// <param name="Epoch">Of the order that was carried out.</param>
/// <param name="ExitCode">One of <see cref="ExitCodes"/>.</param>
/// <param name="Error">Null when done; else what went wrong, at most 8 KB.</param>
/// <param name="LastBatch">What was being learned when training failed; null when it did not fail in training.</param>
public sealed record TrainerDone(long Epoch, int ExitCode, string? Error = null, LastBatch? LastBatch = null);

/// <summary>Which examples an optimizer step learns.</summary>
/// <param name="Step">Counted from 1, as in the metrics.</param>
/// <param name="Rows">By packed row, the numbers of its examples: from 0, over the training split's shards in the order of the dataset's report.</param>
public sealed record LastBatch(int Step, IReadOnlyList<IReadOnlyList<int>> Rows);

/// <summary>A wish that the attempt's trainer writes a checkpoint and leaves: <c>attempts/{k}/stop.json</c>.</summary>
/// <param name="Reason">Completes "Stopped because …".</param>
public sealed record StopOrder(string Reason);

/// <summary>One line of <c>metrics.jsonl</c>.</summary>
/// <param name="Loss">Training loss, nats per supervised token; null on a line that only reports validation.</param>
/// <param name="Tokens">All tokens of the step.</param>
/// <param name="TrainAccuracy">Share of the step's supervised tokens that the model would have said, before the update.</param>
/// <param name="PeakMemoryMiB">The most memory of the machine (not of its GPU) that the trainer's process had so far.</param>
/// <param name="Seconds">The step took, without validation and checkpoints.</param>
/// <param name="Details">What else an objective has to tell, on average: reward, margin, answerTokens.</param>
public sealed record StepMetrics(
    int Step, double? Loss, double? LearningRate, double? GradNorm, long? SupervisedTokens, long? Tokens, double? TokensPerSecond,
    double? ValidationLoss = null, double? ValidationAccuracy = null, double? TrainAccuracy = null, double? PeakMemoryMiB = null, double? Seconds = null,
    IReadOnlyDictionary<string, double>? Details = null);

/// <summary>Which checkpoint counts: <c>checkpoints/latest.json</c>, written last, conditional on the fencing epoch.</summary>
/// <param name="Step">Optimizer steps done.</param>
/// <param name="Path">Folder below <c>runs/{run}/</c>, for example <c>checkpoints/000120-e2/</c>.</param>
/// <param name="Best">The folder of the checkpoint with the best validation, when that is what is kept; null for the last one.</param>
/// <param name="IsEnough">Training has ended before its last step, because it did not help any more.</param>
public sealed record LatestCheckpoint(int Step, long Epoch, string Path, string? Best = null, bool IsEnough = false);
