using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ServerlessTuning.Datasets.Tokenization;

/// <summary>
/// Learns a byte-level BPE vocabulary from text: starting from the 256 bytes, the most frequent neighbouring pair becomes a new token, again and again
/// (Sennrich et al. 2016, arXiv:1508.07909, algorithm 1). Deterministic: of equally frequent pairs the one that is lower in (left id, right id) wins.
/// </summary>
public sealed class BpeTrainer
{
    private static readonly JsonSerializerOptions s_written = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);
    private readonly Split _split = Split.Gpt2;

    /// <summary>Counts the words of a text. Special tokens are not recognised: leave them out.</summary>
    public void Add(ReadOnlySpan<char> text)
    {
        var words = _counts.GetAlternateLookup<ReadOnlySpan<char>>();
        var pieces = new List<(int Offset, int Length)>();
        _split.Cut(text, 0, pieces);
        foreach (var (offset, length) in pieces)
        {
            System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(words, text.Slice(offset, length), out _)++;
        }
    }

    /// <summary>Merges until the vocabulary is full or no pair occurs twice, and writes what it learned as a tokenizer.json.</summary>
    /// <param name="vocabularySize">With the 256 bytes and the special tokens, which get the last ids.</param>
    /// <param name="specialTokens">Recognised in text, and nothing else ever becomes them.</param>
    public string Train(int vocabularySize, IReadOnlyList<string> specialTokens)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, 256 + specialTokens.Count);
        var words = _counts.OrderBy(word => word.Key, StringComparer.Ordinal)
            .Select(word => new Word(Encoding.UTF8.GetBytes(word.Key), word.Value)).ToList();
        var merges = Merge(words, vocabularySize - 256 - specialTokens.Count);
        return Write(merges, specialTokens);
    }

    private static List<(int Left, int Right)> Merge(List<Word> words, int count)
    {
        var pairs = new PairCounts();
        for (var word = 0; word < words.Count; word++)
        {
            words[word].Count(pairs, word);
        }
        var merges = new List<(int Left, int Right)>(count);
        while (merges.Count < count && pairs.TakeMostFrequent() is { } pair)
        {
            var id = 256 + merges.Count;
            merges.Add((pair.Left, pair.Right));
            foreach (var word in pair.Words)
            {
                words[word].Merge(pair.Left, pair.Right, id, pairs, word);
            }
            pairs.Flush();
        }
        return merges;
    }

    private static string Write(List<(int Left, int Right)> merges, IReadOnlyList<string> specialTokens)
    {
        var spelling = Enumerable.Range(0, 256).Select(value => ByteLevelAlphabet.LetterOf((byte)value).ToString()).ToList();
        var pairs = new JsonArray();
        foreach (var (left, right) in merges)
        {
            pairs.Add($"{spelling[left]} {spelling[right]}");
            spelling.Add(spelling[left] + spelling[right]);
        }
        var byteLevel = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = true, ["use_regex"] = true };
        return new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = new JsonArray([.. specialTokens.Select((token, index) => new JsonObject
            {
                ["id"] = spelling.Count + index, ["content"] = token, ["single_word"] = false, ["lstrip"] = false, ["rstrip"] = false, ["normalized"] = false, ["special"] = true,
            })]),
            ["normalizer"] = null,
            ["pre_tokenizer"] = byteLevel,
            ["post_processor"] = null,
            ["decoder"] = byteLevel.DeepClone(),
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["dropout"] = null,
                ["unk_token"] = null,
                ["continuing_subword_prefix"] = null,
                ["end_of_word_suffix"] = null,
                ["fuse_unk"] = false,
                ["byte_fallback"] = false,
                ["ignore_merges"] = false,
                ["vocab"] = new JsonObject(spelling.Select((token, id) => KeyValuePair.Create(token, (JsonNode?)id))),
                ["merges"] = pairs,
            },
        }.ToJsonString(s_written) + "\n";
    }

    /// <summary>A distinct word as tokens, and how often it occurs.</summary>
    private sealed class Word(byte[] bytes, long occurrences)
    {
        private int[] _tokens = [.. bytes];

        public void Count(PairCounts pairs, int self)
        {
            for (var i = 0; i + 1 < _tokens.Length; i++)
            {
                pairs.Change(_tokens[i], _tokens[i + 1], occurrences, self);
            }
        }

        public void Merge(int left, int right, int merged, PairCounts pairs, int self)
        {
            var tokens = new List<int>(_tokens.Length);
            for (var i = 0; i < _tokens.Length; i++)
            {
                var both = i + 1 < _tokens.Length && _tokens[i] == left && _tokens[i + 1] == right;
                tokens.Add(both ? merged : _tokens[i]);
                i += both ? 1 : 0;
            }
            if (tokens.Count == _tokens.Length)
            {
                return;                                                            // an earlier merge took this word's pair away
            }
            for (var i = 0; i + 1 < _tokens.Length; i++)
            {
                pairs.Change(_tokens[i], _tokens[i + 1], -occurrences, self);
            }
            _tokens = [.. tokens];
            Count(pairs, self);
        }
    }
}
