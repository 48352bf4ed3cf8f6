using ServerlessTuning.Datasets.Packing;
using ServerlessTuning.Trainer.Training;

namespace ServerlessTuning.Trainer.Tests.Training;

public sealed class DataOrderTests
{
    private static readonly int[] Lengths = [.. Enumerable.Range(0, 97).Select(i => 3 + i * 7 % 50)];

    [Fact]
    public void Every_sequence_comes_once_an_epoch_whatever_the_steps_size()
    {
        foreach (var rowsPerStep in new[] { 1, 3, 8 })
        {
            var order = new DataOrder(Lengths, 64, rowsPerStep, seed: 1);
            var rows = Enumerable.Range(0, 200).SelectMany(step => order.Rows(step)).ToList();
            var first = 0;
            foreach (var epoch in Enumerable.Range(0, 3))
            {
                var count = RowPacking.Pack(Lengths, 64, 1, epoch).Count;
                Assert.Equal(Enumerable.Range(0, 97), rows.Skip(first).Take(count).SelectMany(row => row).Order());
                first += count;
            }
        }
    }

    [Fact]
    public void A_mixture_takes_each_example_as_often_as_its_file_says()
    {
        var mixture = new Mixture([new("a", 40, 2.25), new("b", 50, 0.5), new("c", 7, 0)], seed: 1);
        var order = new DataOrder(Lengths, 64, 1, seed: 1, mixture);

        var counts = Enumerable.Range(0, order.StepsPerEpoch).SelectMany(step => order.Rows(step)[0]).CountBy(example => example).ToDictionary();

        Assert.All(Enumerable.Range(0, 40), example => Assert.InRange(counts[example], 2, 3));
        Assert.All(Enumerable.Range(40, 50), example => Assert.InRange(counts.GetValueOrDefault(example), 0, 1));
        Assert.DoesNotContain(counts.Keys, example => example >= 90);
        var epochs = Enumerable.Range(0, 200).Select(mixture.Of).ToList();
        Assert.Equal(40 * 2.25, epochs.Average(taken => taken.Count(example => example < 40)), 0.5);
        Assert.Equal(50 * 0.5, epochs.Average(taken => taken.Count(example => example is >= 40 and < 90)), 0.5);
        Assert.NotEqual(epochs[0], epochs[1]);
        Assert.Equal(epochs[1], new Mixture([new("a", 40, 2.25), new("b", 50, 0.5), new("c", 7, 0)], seed: 1).Of(1));
    }

    [Fact]
    public void A_step_can_be_asked_for_without_those_before_it()
    {
        var straight = new DataOrder(Lengths, 64, 2, seed: 1);
        var expected = Enumerable.Range(0, 120).Select(step => straight.Rows(step)).ToList();

        Assert.Equal(expected[119], new DataOrder(Lengths, 64, 2, seed: 1).Rows(119));
    }

    [Fact]
    public void Another_seed_is_another_order() =>
        Assert.NotEqual(new DataOrder(Lengths, 64, 2, seed: 1).Rows(0), new DataOrder(Lengths, 64, 2, seed: 2).Rows(0));
}
