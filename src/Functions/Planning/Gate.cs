using ServerlessTuning.Contracts;

namespace ServerlessTuning.Functions.Planning;

/// <summary>Decides whether a tuned model may be published. Pure.</summary>
public static class Gate
{
    /// <summary>Null when it may; else why not.</summary>
    public static string? Objection(Evaluated scores) => scores.Task == TuningTask.Reinforcement ? ByReward(scores) : ByLoss(scores);

    private static string? ByLoss(Evaluated scores)
    {
        var improvement = (scores.Base.Loss - scores.Tuned.Loss) / scores.Base.Loss;
        return double.IsFinite(scores.Tuned.Loss) && improvement >= scores.MinimumImprovement ? null
            : $"The held-out loss {(improvement >= 0 ? "fell" : "rose")} from {scores.Base.Loss:0.0000} to {scores.Tuned.Loss:0.0000} ({improvement:+0.00%;-0.00%;0.00%} better), "
                + $"and the gate asks for at least {scores.MinimumImprovement:0.##%}. Train longer, on more examples, or lower gate.minimumImprovement.";
    }

    /// <summary>Rewards have no natural zero, so what is asked for is a difference.</summary>
    private static string? ByReward(Evaluated scores)
    {
        var (before, after) = (scores.Base.Reward ?? double.NaN, scores.Tuned.Reward ?? double.NaN);
        return after - before >= scores.MinimumImprovement ? null
            : $"The mean reward on held-out prompts went from {before:0.0000} to {after:0.0000}, and the gate asks for at least {scores.MinimumImprovement:0.####} more. "
                + "Train longer, on more prompts, with a grader that tells better from worse answers, or lower gate.minimumImprovement.";
    }
}

/// <summary>What the evaluation found, small enough for an orchestration's history.</summary>
public sealed record Evaluated(ModelScore Base, ModelScore Tuned, double MinimumImprovement, TuningTask Task = TuningTask.Supervised);
