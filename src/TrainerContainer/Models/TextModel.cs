using ServerlessTuning.Datasets.Checkpoints;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Models;

/// <summary>The tokens of a batch: sequences one after the other, without padding.</summary>
/// <param name="Ids">(N), int64.</param>
/// <param name="Positions">(N), int64, counted inside each sequence from 0.</param>
/// <param name="Types">(N), int64: the segment of each token; null means 0.</param>
/// <param name="Dropout">Null outside training.</param>
public sealed record TokenInput(Tensor Ids, Tensor Positions, IAttention Attention, Tensor? Types = null, HiddenDropout? Dropout = null);

/// <summary>One stack of blocks and a head: decoders and encoders, whatever they are asked for.</summary>
public sealed class TextModel(ModelConfig config, WeightSource weights, Body body, Head head) : PretrainedModel(config, weights)
{
    public Body Body => body;

    public Head Head => head;

    /// <summary>The head that says tokens.</summary>
    /// <exception cref="ModelConfigException">The model is a classifier.</exception>
    public LanguageHead Language => head as LanguageHead
        ?? throw new ModelConfigException("architectures", $"'{Config.Architecture}'", "a model that says tokens, such as …ForCausalLM, for this task");

    /// <returns>Hidden states behind the last norm, (N, C), in the compute type.</returns>
    public Tensor Hidden(TokenInput input) => body.Forward(input);

    public override void Dispose()
    {
        body.Dispose();
        base.Dispose();
    }
}

/// <summary>What the blocks of one forward pass share.</summary>
/// <param name="Rotary">How queries and keys turn; null in families with learned positions.</param>
/// <param name="LocalRotary">The same in layers with a window, where those differ.</param>
/// <param name="Dropout">Null outside training.</param>
public sealed record BlockContext(IAttention Attention, Rotary? Rotary = null, Rotary? LocalRotary = null, HiddenDropout? Dropout = null)
{
    /// <param name="added">What a layer is about to add to the stream, (N, C).</param>
    public Tensor Drop(Tensor added, int layer, int place) => Dropout?.Of(added, layer, place) ?? added;
}

/// <summary>x ↦ x + what the block adds.</summary>
public interface IBlock
{
    /// <param name="x">Residual stream, (N, C), float32.</param>
    Tensor Forward(Tensor x, BlockContext context);
}

/// <summary>Embedding, blocks, last norm. In parts, so that a pass that recomputes can take them one by one.</summary>
public abstract class Body : IDisposable
{
    /// <returns>The residual stream before the first block, (N, C), float32.</returns>
    public abstract Tensor Embed(TokenInput input);

    /// <summary>The embedding's gradient by hand, for a pass that keeps no graph.</summary>
    /// <param name="gradient">∂loss/∂<see cref="Embed"/>, (N, C).</param>
    public abstract void EmbedBackward(TokenInput input, Tensor gradient);

    public abstract IReadOnlyList<IBlock> Blocks { get; }

    public virtual BlockContext Context(TokenInput input) => new(input.Attention, Dropout: input.Dropout);

    /// <returns>(N, C), in the compute type.</returns>
    public abstract Tensor Normed(Tensor x);

    /// <summary>What the first block sees: the embeddings with what training adds to and drops from them, (N, C).</summary>
    /// <param name="noise">Added to the embeddings, (N, C); null for none.</param>
    public Tensor Start(TokenInput input, Tensor? noise)
    {
        var x = Embed(input);
        x = noise is null ? x : x + noise;
        return input.Dropout?.OfEmbedding(x) ?? x;
    }

    /// <param name="watch">Shown the stream before each block and the result: transformers' <c>output_hidden_states</c>.</param>
    /// <param name="noise">Added to the embeddings, (N, C); null for none.</param>
    public Tensor Forward(TokenInput input, Action<Tensor>? watch = null, Tensor? noise = null)
    {
        var context = Context(input);
        var x = Start(input, noise);                                              // (N, C)
        foreach (var block in Blocks)
        {
            watch?.Invoke(x);
            x = block.Forward(x, context);                                        // (N, C)
        }

        var hidden = Normed(x);                                                   // (N, C)
        watch?.Invoke(hidden);
        return hidden;
    }

    public virtual void Dispose() => GC.SuppressFinalize(this);
}
