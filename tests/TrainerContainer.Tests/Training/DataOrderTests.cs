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
            var oneEpoch = new DataOrder(Lengths, 64, 1, seed: 1).StepsPerEpoch;

            Assert.Equal(Enumerable.Range(0, 97), rows.Take(oneEpoch).SelectMany(row => row).Order());
        }
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
