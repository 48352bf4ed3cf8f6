using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Splitting;

namespace ServerlessTuning.Datasets.Tests.Preparation;

public class SplitTests
{
    private static readonly SplitRequest Shares = new(Validation: 0.1, Test: 0.1);

    [Fact]
    public async Task An_example_falls_into_the_same_split_whatever_stands_beside_it()
    {
        using var few = await PreparedDataset.Of(Lines.Join(Enumerable.Range(0, 200).Select(Lines.Prompt)), split: Shares);
        using var many = await PreparedDataset.Of(Lines.Join(Enumerable.Range(0, 400).Reverse().Select(Lines.Prompt)), split: Shares);

        Assert.Subset(many.Texts(many.Report.Test).ToHashSet(), few.Texts(few.Report.Test).ToHashSet());
        Assert.Subset(many.Texts(many.Report.Validation).ToHashSet(), few.Texts(few.Report.Validation).ToHashSet());
        Assert.Subset(many.Texts(many.Report.Train).ToHashSet(), few.Texts(few.Report.Train).ToHashSet());
    }

    [Fact]
    public async Task The_shares_are_about_kept()
    {
        using var dataset = await PreparedDataset.Of(Lines.Join(Enumerable.Range(0, 2000).Select(Lines.Prompt)), split: Shares);

        Assert.InRange(dataset.Report.Validation.Examples, 150, 250);
        Assert.InRange(dataset.Report.Test.Examples, 150, 250);
        Assert.Equal(2000, dataset.Report.Train.Examples + dataset.Report.Validation.Examples + dataset.Report.Test.Examples);
    }

    [Fact]
    public async Task No_example_is_in_two_splits_however_it_is_spelled()
    {
        var spelled = Lines.Join(Enumerable.Range(0, 300).Select(i => i % 2 == 0 ? Lines.Prompt(i / 2)
            : $"{{ \"completion\": \"\\u0061nswer {i / 2}\", \"source\": {i}, \"prompt\": \"question {i / 2} \" }}"));
        using var dataset = await PreparedDataset.Of(spelled, split: Shares, chunkBytes: 777);

        Assert.Equal(150, dataset.Report.Duplicates);
        List<string> all = [.. dataset.Texts(dataset.Report.Train), .. dataset.Texts(dataset.Report.Validation), .. dataset.Texts(dataset.Report.Test)];
        Assert.Equal(150, all.Count);
        Assert.Equal(150, all.Distinct().Count());
    }

    [Fact]
    public async Task Files_for_validation_and_test_are_respected_and_their_examples_never_train()
    {
        using var dataset = await new PreparedDataset()
            .With("train.jsonl", Lines.Join(Enumerable.Range(0, 50).Select(Lines.Prompt)))
            .With("valid.jsonl", Lines.Join(Enumerable.Range(40, 5).Select(Lines.Prompt)), DatasetSplit.Validation)
            .With("test.jsonl", Lines.Join(Enumerable.Range(44, 8).Select(Lines.Prompt)), DatasetSplit.Test)
            .RunAsync(Shares);

        Assert.Equal(Enumerable.Range(0, 40).Select(Expected), dataset.Texts(dataset.Report.Train));
        Assert.Equal(Enumerable.Range(40, 4).Select(Expected), dataset.Texts(dataset.Report.Validation));
        Assert.Equal(Enumerable.Range(44, 8).Select(Expected), dataset.Texts(dataset.Report.Test));
        Assert.Equal(11, dataset.Report.Duplicates);
        static string Expected(int i) => $"question {i} answer {i}<|endoftext|>";
    }

    [Fact]
    public async Task A_small_dataset_still_holds_out_one_example_for_each_judge()
    {
        using var dataset = await PreparedDataset.Of(Lines.Join(Enumerable.Range(0, 10).Select(Lines.Prompt)), split: new(0.0001, 0.0001));

        Assert.Equal((8, 1, 1), (dataset.Report.Train.Examples, dataset.Report.Validation.Examples, dataset.Report.Test.Examples));
    }

    [Fact]
    public async Task Going_through_the_fingerprints_several_times_decides_as_going_through_them_once()
    {
        var random = new Random(7);
        var parts = Enumerable.Range(0, 3).Select(_ => Enumerable.Range(0, 1000).Select(_ => new UInt128((ulong)random.NextInt64() << 1, (ulong)random.Next(700))).ToArray()).ToArray();
        for (var i = 0; i < 1000; i++)
        {
            parts[2][i] = i % 2 == 0 ? parts[0][i] : parts[2][i];
        }

        async Task<byte[][]> Decide(int atOnce) => await new SplitDecider(0.1, 0.1, atOnce).DecideAsync([.. parts.Select(static part => (DatasetSplit.Train, part.Length))], part => Task.FromResult(parts[part]));

        Assert.Equal(await Decide(1 << 20), await Decide(100));
    }
}
