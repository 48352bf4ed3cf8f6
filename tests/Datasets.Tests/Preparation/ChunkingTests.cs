using System.Text;
using ServerlessTuning.Contracts;

namespace ServerlessTuning.Datasets.Tests.Preparation;

/// <summary>How a file is cut among activities must not show in the result.</summary>
public class ChunkingTests
{
    private static readonly SplitRequest Small = new(Validation: 0.2, Test: 0.2, MinimumExamples: 2);

    /// <summary>Line ends of both kinds, blank lines, a byte order mark, letters of several bytes, a last line without an end.</summary>
    private static readonly string Prompts = "\uFEFF" + string.Concat(Enumerable.Range(0, 14).Select(static i => Lines.Prompt(i).Replace("answer", "Antwort – größer 🙂", StringComparison.Ordinal)
        + (i % 3 == 0 ? "\r\n" : i % 3 == 1 ? "\n\n" : "\n"))) + Lines.Prompt(99);

    private static readonly string Table = "id,prompt,completion\n" + string.Concat(Enumerable.Range(0, 14).Select(static i => $"{i},\"line\n\"\"{i}\"\"\n\",{new string('x', i + 1)}\r\n"));

    private static readonly string Prose = string.Concat(Enumerable.Range(0, 60).Select(static i => $"Paragraph {i}. {new string((char)('a' + (i % 26)), 300 + (41 * i % 97))}\nétude\n"
        + (i % 9 == 8 ? "<|endoftext|>\n" : "\n")));

    [Theory]
    [InlineData("train.jsonl")]
    [InlineData("train.csv")]
    [InlineData("train.txt")]
    public async Task Chunks_of_any_size_give_the_same_examples_in_the_same_order(string name)
    {
        var content = name.EndsWith("csv", StringComparison.Ordinal) ? Table : name.EndsWith("txt", StringComparison.Ordinal) ? Prose : Prompts;
        using var whole = await PreparedDataset.Of(content, name, Small);
        Assert.True(whole.Report.Usable, string.Join('\n', whole.Report.Problems));
        Assert.True(whole.Report.Train.Examples > 2 && whole.Report.Validation.Examples > 0 && whole.Report.Test.Examples > 0);
        var small = name.EndsWith("txt", StringComparison.Ordinal) ? 500 : 3;

        foreach (var chunkBytes in new[] { small, 2 * small + 1, 61, 200, Encoding.UTF8.GetByteCount(content) - 1 })
        {
            using var cut = await PreparedDataset.Of(content, name, Small, chunkBytes: chunkBytes);

            Assert.Equal(whole.Texts(whole.Report.Train), cut.Texts(cut.Report.Train));
            Assert.Equal(whole.Texts(whole.Report.Validation), cut.Texts(cut.Report.Validation));
            Assert.Equal(whole.Texts(whole.Report.Test), cut.Texts(cut.Report.Test));
            Assert.Equal(File.ReadAllText(Path.Combine(whole.Output, "test.jsonl")), File.ReadAllText(Path.Combine(cut.Output, "test.jsonl")));
        }
    }

    [Fact]
    public async Task What_each_file_gave_is_told_in_the_order_of_the_examples()
    {
        using var both = await new PreparedDataset().With("b.jsonl", Prompts).With("a.jsonl", Prompts.Replace("Antwort", "Andere", StringComparison.Ordinal)).RunAsync(Small, chunkBytes: 200);

        var (texts, at) = (both.Texts(both.Report.Train), 0);
        foreach (var source in both.Report.Train.Sources!)
        {
            var own = texts[at..(at += (int)source.Examples)];
            Assert.All(own, text => Assert.True(text.Contains("99", StringComparison.Ordinal) || text.Contains(source.File.EndsWith("a.jsonl", StringComparison.Ordinal) ? "Andere" : "Antwort", StringComparison.Ordinal), text));
        }

        Assert.Equal((2, texts.Count, both.Report.Train.Tokens), (both.Report.Train.Sources!.Count, at, both.Report.Train.Sources.Sum(source => source.Tokens)));
    }

    [Fact]
    public async Task Preparing_twice_gives_the_same_bytes()
    {
        using var first = await PreparedDataset.Of(Prompts, split: Small, chunkBytes: 200);
        using var second = await PreparedDataset.Of(Prompts, split: Small, chunkBytes: 200);

        var names = Directory.GetFiles(first.Output).Select(Path.GetFileName).Order().ToList();
        Assert.Equal(names, Directory.GetFiles(second.Output).Select(Path.GetFileName).Order());
        Assert.All(names, name => Assert.Equal(File.ReadAllBytes(Path.Combine(first.Output, name!)), File.ReadAllBytes(Path.Combine(second.Output, name!))));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(1000)]
    public async Task Lines_of_problems_are_counted_from_the_start_of_the_file(int chunkBytes)
    {
        using var dataset = await PreparedDataset.Of("{\"text\":\"a\"}\n\n{\"text\":5}\n{\"text\":\"b\"}\n{\n", chunkBytes: chunkBytes);

        Assert.Equal([3, 5], dataset.Report.Problems.Select(static problem => problem.Line));
    }

    [Fact]
    public async Task A_packed_file_is_read_as_what_is_in_it()
    {
        using var plain = await PreparedDataset.Of(Prompts, split: Small);
        using var packed = await new PreparedDataset().With("train.jsonl.gz", BadInputTests.Gzip(Prompts)).RunAsync(Small, chunkBytes: 100);

        Assert.Equal(plain.Texts(plain.Report.Train), packed.Texts(packed.Report.Train));
        Assert.False(Directory.Exists(Path.Combine(packed.Output, "work")), "working files are removed");
    }

    [Fact]
    public async Task A_packed_file_that_was_cut_short_is_refused()
    {
        var packed = BadInputTests.Gzip(Lines.Join(Enumerable.Range(0, 500).Select(Lines.Prompt)));
        using var dataset = await new PreparedDataset().With("train.jsonl.gz", packed[..(packed.Length / 2)]).RunAsync();

        Assert.StartsWith("train.jsonl.gz: found a .gz file that cannot be unpacked", dataset.Problem);
    }

    [Fact]
    public async Task Nothing_of_a_plain_text_is_lost()
    {
        using var dataset = await PreparedDataset.Of(Prose, "train.txt", new(0, 0, 1), context: 64);

        var pieces = dataset.Examples(dataset.Report.Train);
        Assert.All(pieces, static piece => Assert.InRange(piece.Ids.Length, 2, 64));
        // a piece begins with the last token of the one before, and a new passage with a token of its own that nothing predicts
        var text = new StringBuilder();
        int? last = null;
        foreach (var (ids, labels) in pieces)
        {
            Assert.Equal(-100, labels[0]);
            Assert.Equal(ids[1..], labels[1..]);
            var goesOn = last == ids[0] && pieces[0].Ids != ids && text.Length > 0 && EndsFull;
            text.Append(Encoding.Latin1.GetString([.. (goesOn ? ids[1..] : ids).Where(static id => id < 256).Select(static id => (byte)id)]));
            (last, EndsFull) = (ids[^1], ids.Length == 64);
        }

        Assert.Equal(Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(Prose.Replace("\n<|endoftext|>\n", "", StringComparison.Ordinal).TrimEnd('\n'))), text.ToString());
    }

    private bool EndsFull { get; set; }

    [Fact]
    public async Task A_line_that_is_no_example_for_its_size_is_refused_without_being_held()
    {
        using var dataset = await new PreparedDataset()
            .With("train.jsonl", [.. Encoding.UTF8.GetBytes(Lines.Prompt(1) + "\n"), .. Enumerable.Repeat((byte)'x', (16 << 20) + 70_000), .. Encoding.UTF8.GetBytes("\n" + Lines.Prompt(2) + "\n{")])
            .RunAsync(chunkBytes: 100 << 20);

        Assert.Equal(["train.jsonl, line 2: found a line of more than 16 MiB", "train.jsonl, line 4: found text that is not JSON"],
            dataset.Report.Problems.Select(static problem => problem.ToString().Split(" (")[0].Split(", expected")[0]));
    }
}
