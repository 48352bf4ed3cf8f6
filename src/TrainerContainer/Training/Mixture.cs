using ServerlessTuning.Contracts;

namespace ServerlessTuning.Trainer.Training;

/// <summary>Which examples an epoch takes, and how often: a pure function of seed and epoch.</summary>
public sealed class Mixture(IReadOnlyList<MixedSource> sources, int seed)
{
    /// <returns>Numbers of examples; one that is taken twice comes twice.</returns>
    public IReadOnlyList<int> Of(int epoch)
    {
        var (taken, first) = (new List<int>(), 0);
        foreach (var source in sources)
        {
            for (var example = first; example < first + source.Examples; example++)
            {
                taken.AddRange(Enumerable.Repeat(example, Times(source.Repeats, epoch, example)));
            }

            first += (int)source.Examples;
        }

        return taken;
    }

    /// <summary>The whole part always, the rest by a draw of its own.</summary>
    private int Times(double repeats, int epoch, int example) =>
        (int)Math.Floor(repeats) + (RandomSeeds.Uniform(seed, epoch, example, "mixture") < repeats - Math.Floor(repeats) ? 1 : 0);
}
