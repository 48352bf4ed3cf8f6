using ServerlessTuning.Contracts;

namespace ServerlessTuning.Trainer.Reporting;

/// <summary>Which validation was the best so far. It depends on the metrics alone, so a run that was interrupted ends where one ends that was not.</summary>
public sealed class BestValidation
{
    private double lowest = double.PositiveInfinity;

    /// <summary>Of the best one; 0 before the first.</summary>
    public int Step { get; private set; }

    /// <summary>Validations since the best one.</summary>
    public int Since { get; private set; }

    public void See(StepMetrics metrics)
    {
        if (metrics.ValidationLoss is not { } loss)
        {
            return;
        }

        Since++;
        if (loss < lowest)
        {
            (lowest, Step, Since) = (loss, metrics.Step, 0);
        }
    }
}
