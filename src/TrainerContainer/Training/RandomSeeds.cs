namespace ServerlessTuning.Trainer.Training;

/// <summary>
/// Randomness as a pure function: each random part is seeded with a hash of what it is for, so that no generator state has to be saved and a resumed or
/// recomputed part draws the same numbers on every device.
/// </summary>
public static class RandomSeeds
{
    /// <summary>For a named part that is drawn once, such as a weight's first values.</summary>
    public static long For(int seed, string purpose)
    {
        var hash = Mix((ulong)seed);
        foreach (var letter in purpose)
        {
            hash = Mix(hash ^ letter);
        }

        return (long)(hash >> 1);
    }

    /// <summary>For a part of one micro-batch of one step, such as a layer's dropout.</summary>
    public static long For(int seed, int step, int microBatch, int layer, string purpose) =>
        (long)(Mix((ulong)For(seed, purpose) ^ Mix(((ulong)(uint)step << 32) | (uint)microBatch) ^ Mix(~(ulong)(uint)layer)) >> 1);

    /// <summary>A number from 0, below 1, for a part of a step.</summary>
    public static double Uniform(int seed, int step, int part, string purpose) => (For(seed, step, part, 0, purpose) >> 10) * (1.0 / (1L << 53));

    /// <summary>SplitMix64's finalizer (Steele, Lea and Flood 2014).</summary>
    private static ulong Mix(ulong z)
    {
        z += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
