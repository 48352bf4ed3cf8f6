using System.Collections;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Training;

/// <summary>One optimizer step's rows, cut into batches that are computed at once.</summary>
internal sealed class MicroBatches : IEnumerable<TokenBatch>, IDisposable
{
    private readonly List<TokenBatch> batches;

    public MicroBatches(IReadOnlyList<int[]> rows, int rowsAtOnce, TokenSplit data, ScalarType compute, Device device) =>
        batches = [.. rows.Chunk(rowsAtOnce).Select(chunk => TokenBatch.Of(data, chunk.SelectMany(row => row), compute, device)).Where(batch => batch.SupervisedTokens > 0)];

    public int SupervisedTokens => batches.Sum(batch => batch.SupervisedTokens);

    public int Tokens => batches.Sum(batch => batch.Tokens);

    public IEnumerator<TokenBatch> GetEnumerator() => batches.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public void Dispose() => batches.ForEach(batch => batch.Dispose());
}
