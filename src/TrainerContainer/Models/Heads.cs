using ServerlessTuning.Datasets.Checkpoints;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ServerlessTuning.Trainer.Models;

/// <summary>What a model says of its hidden states.</summary>
public abstract class Head;

/// <summary>A number for each token of the vocabulary, W·h + b, capped where the family caps.</summary>
/// <param name="weight">W, (V, C); the embedding when they are tied.</param>
/// <param name="bias">b, (V), or null.</param>
/// <param name="softCap">c in c · tanh(logits / c); null for none.</param>
/// <param name="ready">What happens to hidden states before; null for nothing.</param>
public sealed class LanguageHead(Parameter weight, ScalarType compute, Parameter? bias = null, double? softCap = null, Func<Tensor, Tensor>? ready = null) : Head
{
    public Parameter Weight => weight;

    public Parameter? Bias => bias;

    public double? SoftCap => softCap;

    /// <param name="hidden">(M, C).</param>
    /// <returns>(M, C): what W is multiplied with.</returns>
    public Tensor Ready(Tensor hidden) => ready is null ? hidden : ready(hidden);

    /// <param name="hidden">(M, C), any rows of a model's hidden states.</param>
    /// <returns>(M, V), float32.</returns>
    public Tensor Logits(Tensor hidden) => LogitsOfReady(Ready(hidden), weight.to(compute));

    /// <param name="ready">From <see cref="Ready"/>.</param>
    /// <param name="cast">W in the compute type.</param>
    internal Tensor LogitsOfReady(Tensor ready, Tensor cast)
    {
        var logits = functional.linear(ready, cast, bias is null ? null! : bias.to(compute)).to(ScalarType.Float32);
        return softCap is { } cap ? (logits / cap).tanh() * cap : logits;
    }
}

/// <summary>Numbers for each sequence, or for each token.</summary>
/// <param name="pooled">Hidden states (N, C) and their tokens to what is classified, (S, C) or (N, C).</param>
/// <param name="output">The last matrix.</param>
public sealed class ClassifierHead(Func<Tensor, TokenInput, Tensor> pooled, Projection output) : Head
{
    /// <param name="hidden">(N, C), a model's hidden states.</param>
    /// <returns>(S, labels) or (N, labels), float32.</returns>
    public Tensor Logits(Tensor hidden, TokenInput input)
    {
        var x = pooled(hidden, input);
        return output.Forward(input.Dropout?.OfClassified(x) ?? x).to(ScalarType.Float32);
    }

    /// <summary>Every token by itself.</summary>
    public static ClassifierHead OfTokens(ModelConfig config, WeightSource weights, string name) =>
        new((hidden, _) => hidden, weights.Linear(name, config.Labels!.Count, config.HiddenSize, bias: true));

    /// <returns>(S, C): each sequence's first token.</returns>
    public static Tensor First(Tensor hidden, TokenInput input) => Rows(hidden, input, (start, _) => start);

    /// <returns>(S, C): each sequence's last token.</returns>
    public static Tensor Last(Tensor hidden, TokenInput input) => Rows(hidden, input, (start, length) => start + length - 1);

    private static Tensor Rows(Tensor hidden, TokenInput input, Func<int, int, long> row)
    {
        var lengths = ((PackedSequences)input.Attention).Lengths;
        return hidden.index_select(0, tensor(PackedSequences.Starts(lengths).Zip(lengths, row).ToArray(), dtype: ScalarType.Int64, device: hidden.device));
    }
}
