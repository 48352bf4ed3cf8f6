namespace ServerlessTuning.Trainer.Training;

/// <summary>The loss or a gradient is not a finite number any more: going on would only spoil the weights.</summary>
public sealed class TrainingDivergedException(int step, double loss, double gradNorm)
    : Exception($"Step {step + 1}: found loss {loss} and gradient norm {gradNorm}, expected finite numbers. The last checkpoint is good; "
        + "lower hyperparameters.learningRate (a third of it is a usual next try), or look for broken examples in the dataset report.")
{
    /// <summary>Steps that were done well.</summary>
    public int Step { get; } = step;
}
