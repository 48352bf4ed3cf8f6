namespace ServerlessTuning.Trainer.Training;

/// <summary>Cuts a split into batches for passes that only measure.</summary>
public static class HeldOutBatches
{
    /// <summary>Examples in order, as many at once as fit; at least one.</summary>
    public static IEnumerable<List<int>> Of(IReadOnlyList<int> lengths, int tokensAtOnce)
    {
        var batch = new List<int>();
        var tokens = 0;
        for (var i = 0; i < lengths.Count; i++)
        {
            if (batch.Count > 0 && tokens + lengths[i] > tokensAtOnce)
            {
                yield return batch;
                (batch, tokens) = ([], 0);
            }

            batch.Add(i);
            tokens += lengths[i];
        }

        if (batch.Count > 0)
        {
            yield return batch;
        }
    }
}
