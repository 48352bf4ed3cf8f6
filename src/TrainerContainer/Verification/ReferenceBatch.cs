using ServerlessTuning.Trainer.Models;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Verification;

/// <summary>A padded batch (B, S) of the references as the models take it: sequences one after the other, without their padding.</summary>
internal sealed class ReferenceBatch : IDisposable
{
    private readonly Tensor real;         // (N): the places of real tokens among B·S

    /// <param name="mask">(B, S): 1 at real tokens.</param>
    /// <param name="positions">(B, S), or null: counted from each row's first real token.</param>
    /// <param name="types">(B, S), or null.</param>
    public ReferenceBatch(Tensor ids, Tensor mask, bool causal, Tensor? positions = null, Tensor? types = null)
    {
        var rows = mask.ne(0);
        real = arange(0, mask.numel(), ScalarType.Int64).masked_select(rows.flatten());
        Lengths = [.. rows.sum(1).data<long>().ToArray().Select(length => (int)length)];
        Attention = new(Lengths, ScalarType.Float32, CPU, causal);
        var counted = tensor(Lengths.SelectMany(length => Enumerable.Range(0, length).Select(t => (long)t)).ToArray(), dtype: ScalarType.Int64);
        Input = new(At(ids), positions is null ? counted : At(positions), Attention, types is null ? null : At(types));
    }

    public IReadOnlyList<int> Lengths { get; }

    public PackedSequences Attention { get; }

    public TokenInput Input { get; }

    /// <summary>(B, S, …) at the real tokens, (N, …).</summary>
    public Tensor At(Tensor padded) => padded.reshape([padded.shape[0] * padded.shape[1], .. padded.shape[2..]]).index_select(0, real);

    /// <summary>Labels (B, S) as places among the N tokens and what they should say.</summary>
    /// <param name="isShifted">A token is foreseen by the one before it; else it is said where it stands.</param>
    public (Tensor Places, Tensor Targets) Supervised(Tensor labels, bool isShifted)
    {
        var own = At(labels).data<long>().ToArray();
        var (places, targets, place) = (new List<long>(), new List<long>(), 0L);
        foreach (var length in Lengths)
        {
            for (var t = 0; t < length; t++, place++)
            {
                if (own[place] != -100 && !(isShifted && t == 0))
                {
                    places.Add(isShifted ? place - 1 : place);
                    targets.Add(own[place]);
                }
            }
        }

        return (tensor(places.ToArray(), dtype: ScalarType.Int64), tensor(targets.ToArray(), dtype: ScalarType.Int64));
    }

    public void Dispose() => Attention.Dispose();
}
