using ServerlessTuning.Contracts;

namespace ServerlessTuning.Functions.Planning;

/// <summary>Decides whether a tuned model may be published. Pure.</summary>
public static class Gate
{
    /// <summary>Null when it may; else why not.</summary>
    public static string? Objection(Evaluated scores)
    {
        var improvement = (scores.Base.Loss - scores.Tuned.Loss) / scores.Base.Loss;
        return double.IsFinite(scores.Tuned.Loss) && improvement >= scores.MinimumImprovement ? null
            : $"The held-out loss {(improvement >= 0 ? "fell" : "rose")} from {scores.Base.Loss:0.0000} to {scores.Tuned.Loss:0.0000} ({improvement:+0.00%;-0.00%;0.00%} better), "
                + $"and the gate asks for at least {scores.MinimumImprovement:0.##%}. Train longer, on more examples, or lower gate.minimumImprovement.";
    }
}

/// <summary>What the evaluation found, small enough for an orchestration's history.</summary>
public sealed record Evaluated(ModelScore Base, ModelScore Tuned, double MinimumImprovement);
