using ServerlessTuning.Datasets.Packing;

namespace ServerlessTuning.Datasets.Tests.Packing;

public class RowPackingTests
{
    private static int[] Lengths(int count, int longest) => [.. Enumerable.Range(0, count).Select(i => 1 + (i * 7919 % longest))];

    [Theory]
    [InlineData(0, 64)]
    [InlineData(1, 64)]
    [InlineData(5000, 64)]
    [InlineData(5000, 63)]
    [InlineData(300, 2048)]
    public void Every_example_is_in_exactly_one_row_and_no_row_is_too_long(int count, int rowLength)
    {
        var lengths = Lengths(count, rowLength);

        var rows = RowPacking.Pack(lengths, rowLength, seed: 1, epoch: 0);

        var seen = new List<int>();
        for (var row = 0; row < rows.Count; row++)
        {
            Assert.InRange(rows[row].ToArray().Sum(example => lengths[example]), 1, rowLength);
            seen.AddRange(rows[row]);
        }

        Assert.Equal(Enumerable.Range(0, count), seen.Order());
    }

    [Fact]
    public void Rows_are_nearly_full()
    {
        var lengths = Lengths(20_000, 300);

        var rows = RowPacking.Pack(lengths, 512, seed: 1, epoch: 0);

        Assert.True(lengths.Sum() > 0.98 * 512 * rows.Count, $"{lengths.Sum()} tokens in {rows.Count} rows of 512");
    }

    [Fact]
    public void The_order_follows_from_seed_and_epoch_alone()
    {
        var lengths = Lengths(1000, 100);
        int[] Order(long seed, int epoch)
        {
            var rows = RowPacking.Pack(lengths, 128, seed, epoch);
            return [.. Enumerable.Range(0, rows.Count).SelectMany(row => rows[row].ToArray())];
        }

        Assert.Equal(Order(1, 0), Order(1, 0));
        Assert.NotEqual(Order(1, 0), Order(1, 1));
        Assert.NotEqual(Order(1, 0), Order(2, 0));
    }

    [Fact]
    public void The_order_stays_what_it_was()
    {
        var rows = RowPacking.Pack([5, 5, 5, 5, 5, 5, 5, 5], 10, seed: 42, epoch: 3);

        Assert.Equal("7+6 0+5 3+1 4+2", string.Join(" ", Enumerable.Range(0, rows.Count).Select(row => string.Join("+", rows[row].ToArray()))));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(11)]
    public void An_example_that_no_row_takes_is_named(int length)
    {
        var error = Assert.Throws<ArgumentException>(() => RowPacking.Pack([5, length], 10, seed: 1, epoch: 0));

        Assert.StartsWith($"Example 1 has {length} tokens; a row takes 1 to 10.", error.Message);
    }
}
