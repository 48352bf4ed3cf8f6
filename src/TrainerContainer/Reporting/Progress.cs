using ServerlessTuning.Contracts;

namespace ServerlessTuning.Trainer.Reporting;

/// <summary>How far the current stage is. Written by the stage, read by <see cref="Reporter"/> on another thread.</summary>
public sealed class Progress
{
    /// <summary>Speed is measured over so much of the past: long enough to be steady, short enough to be recent.</summary>
    private static readonly TimeSpan window = TimeSpan.FromSeconds(20);

    private readonly TimeProvider clock;
    private readonly Queue<(long At, int Step, long Tokens)> recent = new();
    private readonly Lock gate = new();
    private Stage stage;
    private int step, totalSteps;
    private long tokens;
    private double? loss, validationLoss;

    /// <summary>What is being learned, so that a failure can name it; null outside training.</summary>
    public LastBatch? Batch { get; set; }

    public Progress(TimeProvider clock, Stage firstStage)
    {
        this.clock = clock;
        Begin(firstStage, 0, 0);
    }

    public void Begin(Stage newStage, int firstStep, int total)
    {
        lock (gate)
        {
            (stage, step, totalSteps, tokens, loss, Batch) = (newStage, firstStep, total, 0, null, null);
            recent.Clear();
            recent.Enqueue((clock.GetTimestamp(), firstStep, 0));
        }
    }

    /// <param name="stepTokens">All tokens of the step; 0 where a stage does not count tokens.</param>
    public void Advance(int toStep, double? stepLoss = null, long stepTokens = 0)
    {
        lock (gate)
        {
            (step, loss, tokens) = (toStep, stepLoss, tokens + stepTokens);
            recent.Enqueue((clock.GetTimestamp(), step, tokens));
            while (recent.Count > 2 && clock.GetElapsedTime(recent.Peek().At) > window)
            {
                recent.Dequeue();
            }
        }
    }

    public void Validated(double newLoss)
    {
        lock (gate)
        {
            validationLoss = newLoss;
        }
    }

    /// <summary>All tokens a second over the last steps; null before the first.</summary>
    public double? TokensPerSecond
    {
        get
        {
            lock (gate)
            {
                return tokens == 0 ? null : Rate(tokens - recent.Peek().Tokens);
            }
        }
    }

    public Heartbeat Now()
    {
        lock (gate)
        {
            var stepsPerSecond = Rate(step - recent.Peek().Step);
            return new(clock.GetUtcNow(), stage, step, totalSteps, loss, validationLoss,
                tokens == 0 ? null : Rate(tokens - recent.Peek().Tokens), stepsPerSecond is > 0 ? (totalSteps - step) / stepsPerSecond : null);
        }
    }

    private double? Rate(long done)
    {
        var seconds = clock.GetElapsedTime(recent.Peek().At).TotalSeconds;
        return recent.Count > 1 && seconds > 0 ? done / seconds : null;
    }
}
