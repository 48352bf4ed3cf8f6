using ServerlessTuning.Contracts;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ServerlessTuning.Trainer.Objectives;

/// <summary>Losses of classifiers, as transformers' modeling files compute them.</summary>
public static class LabelLoss
{
    /// <summary>Mean over the sequences.</summary>
    /// <param name="logits">(S, labels), float32.</param>
    /// <param name="labels">Classes (S), int64; or numbers, (S, labels) or (S) for one label, float32.</param>
    /// <param name="smoothing">Of classes: share of the target that is spread over all.</param>
    public static Tensor Of(Tensor logits, Tensor labels, ProblemType problem, double smoothing = 0) => problem switch
    {
        ProblemType.SingleLabel => functional.cross_entropy(logits, labels, label_smoothing: smoothing),
        ProblemType.MultiLabel => functional.binary_cross_entropy_with_logits(logits, labels),
        _ => functional.mse_loss(logits.view(labels.shape), labels),
    };

    /// <summary>Mean over the labelled tokens.</summary>
    /// <param name="logits">(N, labels), float32.</param>
    /// <param name="labels">(N), int64; −100 has none.</param>
    public static Tensor OfTokens(Tensor logits, Tensor labels) => functional.cross_entropy(logits, labels, ignore_index: -100);
}
