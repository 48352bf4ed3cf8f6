using Microsoft.ML.Tokenizers;

namespace ServerlessTuning.Embedded.Tokenizers.Tests;

public sealed class BpeTokenizerTests
{
    [Fact]
    public void Of_all_pairs_the_one_learned_first_is_merged_first_whatever_stands_left()
    {
        var tokenizer = Create(["b c", "a b", "a bc"]);

        Assert.Equal(Ids(tokenizer, "abc"), tokenizer.EncodeToIds("abc"));
        Assert.Equal(["ab", "a"], Values(tokenizer, "aba"));
    }

    [Fact]
    public void Characters_beyond_ascii_are_encoded_as_their_bytes_and_decoded_back()
    {
        var tokenizer = Create([]);

        Assert.Equal([0xC3, 0xA9, 0xF0, 0x9F, 0x98, 0x80], tokenizer.EncodeToIds("é😀"));
        Assert.Equal("é😀", tokenizer.Decode([0xC3, 0xA9, 0xF0, 0x9F, 0x98, 0x80]));
        Assert.Equal("\uFFFD!", tokenizer.Decode([0xC3, '!']));
    }

    [Fact]
    public void No_merge_crosses_the_pieces_of_the_pre_tokenizer_unless_it_is_left_out()
    {
        var tokenizer = Create(["a b"], new EveryTwo());

        Assert.Equal([256, 256], tokenizer.EncodeToIds("abab"));
        Assert.Equal(['x', 'a', 'b'], tokenizer.EncodeToIds("xab"));
        Assert.Equal(['x', 256], tokenizer.EncodeToIds("xab", considerPreTokenization: false));
        Assert.Equal(3, tokenizer.CountTokens("xab"));
    }

    [Fact]
    public void Tokens_tell_the_characters_they_stand_for()
    {
        var tokenizer = Create(["a b"], new EveryTwo());

        var tokens = tokenizer.EncodeToTokens("abé", out _);

        Assert.Equal([0..2, 2..3, 3..3], tokens.Select(token => token.Offset));
        Assert.Equal([256, 0xC3, 0xA9], tokens.Select(token => token.Id));
    }

    [Fact]
    public void A_long_piece_gets_the_tokens_that_its_merges_say_as_a_short_one_does()
    {
        var random = new Random(3);
        var tokenizer = Create(["a b", "b a", "ab a", "ba b", "aba ab", "a a", "b b", "aa bb"]);
        for (var round = 0; round < 200; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(60, 200)).Select(_ => "ab"[random.Next(2)]));

            Assert.Equal(MergedByDefinition(text), Values(tokenizer, text));
        }
    }

    [Fact]
    public void Many_threads_get_the_same_ids()
    {
        var tokenizer = Create(["a b", "ab ab"]);
        var expected = tokenizer.EncodeToIds("abababa");

        Parallel.For(0, 2000, i =>
        {
            tokenizer.EncodeToIds($"word{i % 97}");
            Assert.Equal(expected, tokenizer.EncodeToIds("abababa"));
        });
    }

    [Theory]
    [InlineData("a z!", "needs the token 'z!'")]
    [InlineData("ab", "expected two tokens with one space between them")]
    public void A_merge_that_cannot_be_is_an_error(string merge, string message)
    {
        var options = new BpeOptions(Vocabulary([])) { Merges = [merge], ByteLevel = true };

        Assert.Contains(message, Assert.Throws<InvalidOperationException>(() => BpeTokenizer.Create(options)).Message);
    }

    [Fact]
    public void What_the_stand_in_lacks_is_said()
    {
        var thrown = Assert.Throws<NotSupportedException>(() => BpeTokenizer.Create(new BpeOptions(Vocabulary([]))));

        Assert.Contains("set BpeOptions.ByteLevel", thrown.Message);
    }

    private static readonly string[] s_ranked = ["a b", "b a", "ab a", "ba b", "aba ab", "a a", "b b", "aa bb"];

    // Algorithm 1 of Sennrich et al. word for word: the best-ranked pair anywhere, leftmost first, until none is left.
    private static List<string> MergedByDefinition(string text)
    {
        var tokens = text.Select(c => c.ToString()).ToList();
        while (true)
        {
            var best = Enumerable.Range(0, tokens.Count - 1).Select(i => (Rank: Array.IndexOf(s_ranked, $"{tokens[i]} {tokens[i + 1]}"), At: i)).Where(pair => pair.Rank >= 0).DefaultIfEmpty((Rank: -1, At: -1)).Min();
            if (best.At < 0)
            {
                return tokens;
            }
            tokens[best.At] += tokens[best.At + 1];
            tokens.RemoveAt(best.At + 1);
        }
    }

    private static BpeTokenizer Create(string[] merges, PreTokenizer? preTokenizer = null) =>
        BpeTokenizer.Create(new BpeOptions(Vocabulary(merges)) { Merges = merges, ByteLevel = true, PreTokenizer = preTokenizer });

    private static IEnumerable<string> Values(BpeTokenizer tokenizer, string text) => tokenizer.EncodeToTokens(text, out _).Select(token => token.Value);

    private static IEnumerable<int> Ids(BpeTokenizer tokenizer, string text) => tokenizer.EncodeToTokens(text, out _).Select(token => token.Id);

    // Ids of the 256 bytes are their values; merges add tokens from 256 on.
    private static Dictionary<string, int> Vocabulary(string[] merges)
    {
        var vocabulary = new Dictionary<string, int>();
        var invented = 0x100;
        for (var value = 0; value < 256; value++)
        {
            var printable = value is >= 0x21 and <= 0x7E or >= 0xA1 and <= 0xAC or >= 0xAE;
            vocabulary.Add(((char)(printable ? value : invented++)).ToString(), value);
        }
        foreach (var merge in merges)
        {
            vocabulary.TryAdd(merge.Replace(" ", ""), vocabulary.Count);
        }
        return vocabulary;
    }

    private sealed class EveryTwo : PreTokenizer
    {
        public override IEnumerable<(int Offset, int Length)> PreTokenize(string text) =>
            Enumerable.Range(0, (text.Length + 1) / 2).Select(i => (2 * i, Math.Min(2, text.Length - 2 * i)));

        public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text) => PreTokenize(text.ToString());
    }
}
