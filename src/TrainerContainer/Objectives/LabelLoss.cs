using ServerlessTuning.Datasets.Checkpoints;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ServerlessTuning.Trainer.Objectives;

/// <summary>Losses of classifiers, as transformers' modeling files compute them.</summary>
public static class LabelLoss
{
    /// <summary>Mean over the sequences.</summary>
    /// <param name="logits">(S, labels), float32.</param>
    /// <param name="labels">Classes (S), int64; or numbers, (S, labels) or (S) for one label, float32.</param>
    public static Tensor Of(Tensor logits, Tensor labels, ProblemType problem) => problem switch
    {
        ProblemType.SingleLabel => functional.cross_entropy(logits, labels),
        ProblemType.MultiLabel => functional.binary_cross_entropy_with_logits(logits, labels),
        _ => functional.mse_loss(logits.view(labels.shape), labels),
    };

    /// <summary>Mean over the labelled tokens.</summary>
    /// <param name="logits">(N, labels), float32.</param>
    /// <param name="labels">(N), int64; −100 has none.</param>
    public static Tensor OfTokens(Tensor logits, Tensor labels) => functional.cross_entropy(logits, labels, ignore_index: -100);
}
