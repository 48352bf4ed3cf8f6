namespace ServerlessTuning.Datasets.Packing;

/// <summary>
/// SplitMix64 (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators"), started from (seed, epoch).
/// Our own, so that an order stays the same over runtimes and their versions.
/// </summary>
internal sealed class OrderRandom(long seed, int epoch)
{
    private ulong state = Mix((ulong)seed) ^ Mix(~(ulong)epoch);

    /// <summary>Uniform in [0, <paramref name="bound"/>), by multiplication: the bias is below 2^-32.</summary>
    public int Below(int bound)
    {
        state += 0x9E3779B97F4A7C15;
        return (int)Math.BigMul(Mix(state), (ulong)bound, out _);
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
