using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Training;

/// <summary>How one weight learns: what is remembered of its gradients, and what a new one does to it.</summary>
public interface IUpdateRule : IDisposable
{
    /// <summary>Everything that a resumed run needs, by names that checkpoints keep.</summary>
    IEnumerable<(string Name, Tensor Tensor)> State { get; }

    /// <summary>Takes in a gradient and moves the weight. The caller keeps no graph.</summary>
    /// <param name="weight">Float32; changed in place.</param>
    /// <param name="gradient">Of the weight's shape; may change.</param>
    /// <param name="scale">What the gradient is multiplied with before: of clipping.</param>
    /// <param name="stepNumber">Counted from 1.</param>
    void Update(Tensor weight, Tensor gradient, double scale, double rate, int stepNumber);
}
