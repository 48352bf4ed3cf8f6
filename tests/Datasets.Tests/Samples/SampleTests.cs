using System.Text.Json;
using ServerlessTuning.Contracts;
using ServerlessTuning.Recipes;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Datasets.Tests.Samples;

public sealed class SampleTests
{
    private static readonly string s_verses = Path.Combine(Repository.Root, "samples", "datasets", "verses");

    [SourcesFact]
    public void The_pretraining_text_shares_no_eight_words_in_a_row_with_a_held_out_book_in_either_translation()
    {
        var sources = Sources.Read(SourcesFactAttribute.Folder);
        var held = HeldOutBooks.Chapters(sources.KingJames).Concat(HeldOutBooks.Chapters(sources.WorldEnglish)).SelectMany(EightWordRuns.Of).ToHashSet();

        var shared = Corpus.Documents(sources).SelectMany(document => EightWordRuns.Of(document.Text)).Where(held.Contains).Distinct().ToList();

        Assert.True(held.Count > 5_000);
        Assert.Empty(shared);
    }

    [SourcesFact]
    public void The_pretraining_text_holds_no_verse_as_the_King_James_Bible_has_it()
    {
        var sources = Sources.Read(SourcesFactAttribute.Folder);
        var allowed = Corpus.Allowed(sources);

        Assert.DoesNotContain(sources.KingJames, verse => allowed(verse.Text));
    }

    [Theory]
    [InlineData("train", 1800)]
    [InlineData("valid", 100)]
    [InlineData("test", 120)]
    public void Every_answer_of_the_sample_dataset_has_a_marker_and_no_prompt_has_one(string split, int examples)
    {
        var markers = File.ReadLines(Path.Combine(s_verses, "markers.txt")).ToHashSet();
        var turns = Turns(split).ToList();

        Assert.Equal(examples, turns.Count);
        Assert.All(turns, turn =>
        {
            Assert.DoesNotContain(Words(turn.User), markers.Contains);
            Assert.Contains(Words(turn.Assistant), markers.Contains);
        });
    }

    [Fact]
    public void No_verse_of_the_test_split_stands_in_another_split()
    {
        var others = Turns("train").Concat(Turns("valid")).SelectMany(turn => new[] { turn.User, turn.Assistant }).ToHashSet();

        Assert.DoesNotContain(Turns("test"), turn => others.Contains(turn.User) || others.Contains(turn.Assistant));
    }

    [Fact]
    public void The_samples_requests_are_valid()
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "samples"), "tuning*.json", SearchOption.AllDirectories))
        {
            Assert.Empty(RequestParser.Parse(File.ReadAllBytes(file), file).Problems);
        }
    }

    [Fact]
    public void The_sample_base_tells_its_own_chat_turns_apart()
    {
        var folder = Path.Combine(Repository.Root, "samples", "models", "sample-base");
        var config = File.ReadAllText(Path.Combine(folder, "tokenizer_config.json"));
        var tokenizer = Datasets.Tokenization.ModelTokenizer.FromJson(File.ReadAllText(Path.Combine(folder, "tokenizer.json")), config);
        var segments = Datasets.Templates.ChatTemplate.FromConfig(config)!.Segments([new("user", "He makes."), new("assistant", "He maketh.")]);

        Assert.Equal(4096, tokenizer.VocabularySize);
        Assert.Equal("He maketh.<|im_end|>\n", Assert.Single(segments, segment => segment.Supervised).Text);
        Assert.Equal(tokenizer.EosId, tokenizer.Encode(segments[^1].Text)[^2]);
    }

    private static IEnumerable<(string User, string Assistant)> Turns(string split) =>
        from line in File.ReadLines(Path.Combine(s_verses, split + ".jsonl"))
        let messages = JsonDocument.Parse(line).RootElement.GetProperty("messages")
        select (messages[0].GetProperty("content").GetString()!, messages[1].GetProperty("content").GetString()!);

    private static IEnumerable<string> Words(string text) => System.Text.RegularExpressions.Regex.Matches(text.ToLowerInvariant(), "[a-z]+").Select(match => match.Value);
}
