namespace ServerlessTuning.Trainer.Training;

/// <summary>A large tensor in pieces that stay in the processor's cache while several operations run over each: the numbers are the same, memory is read once.</summary>
internal static class CachedPieces
{
    /// <summary>1 MB of float32: with two moments, a gradient and what is in between about what a core's second cache holds. A multiple of every block size of quantized moments.</summary>
    private const long Elements = 1 << 18;

    public static IEnumerable<(long Begin, long Count)> Of(long elements)
    {
        for (long begin = 0; begin < elements; begin += Elements)
        {
            yield return (begin, Math.Min(Elements, elements - begin));
        }
    }
}
