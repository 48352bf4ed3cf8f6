using System.Text;

namespace ServerlessTuning.Datasets.Tokenization;

/// <summary>
/// The likeliest way to cut a word into pieces with a probability each (T5). Source: Kudo 2018, arXiv:1804.10959, section 3.2; ties and the unknown piece as in
/// tokenizers, models/unigram.
/// </summary>
internal sealed class UnigramModel : IWordModel
{
    /// <summary>An unknown character is so much less likely than the least likely piece.</summary>
    private const double UnknownPenalty = 10;

    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly double[] _scores;
    private readonly int _longest;                  // piece, in UTF-16 units
    private readonly int? _unknown;
    private readonly int[]? _bytes;
    private readonly double _unknownScore;

    public UnigramModel(JsonPart model)
    {
        var pieces = model["vocab"].Items.Select(Piece).ToList();
        foreach (var (index, piece) in pieces.Index())
        {
            _ids[piece.Text] = index;
        }

        _lookup = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
        _scores = [.. pieces.Select(piece => piece.Score)];
        _longest = pieces.Count == 0 ? 0 : pieces.Max(piece => piece.Text.Length);
        _unknown = model.Optional("unk_id") is { } unknown ? unknown.Int < pieces.Count ? unknown.Int : throw unknown.Wrong($"{unknown.Int}", $"an id below {pieces.Count}") : null;
        _bytes = model.Flag("byte_fallback") ? CharacterPairModel.ByteIds(_ids) : null;
        _unknownScore = _scores.DefaultIfEmpty(0).Min() - UnknownPenalty;
    }

    /// <summary>Pieces by their text.</summary>
    public IReadOnlyDictionary<string, int> Vocabulary => _ids;

    public void Encode(string word, List<int> ids)
    {
        var cuts = Cut(word);
        for (var i = cuts.Count - 1; i >= 0; i--)
        {
            var (start, end) = cuts[i];
            if (_lookup.TryGetValue(word.AsSpan(start, end - start), out var id))
            {
                ids.Add(id);
            }
            else if (_bytes is not null)
            {
                ids.AddRange(Encoding.UTF8.GetBytes(word[start..end]).Select(b => _bytes[b]));
            }
            else
            {
                ids.Add(_unknown ?? throw new TokenizerException("tokenizer.json", "model.unk_id", "null", $"the id of a piece for what the vocabulary lacks, as \"{word[start..end]}\"", "Take a tokenizer with an unknown piece."));
            }
        }
    }

    /// <returns>The pieces from the last to the first; unknown neighbours are one.</returns>
    private List<(int Start, int End)> Cut(string word)
    {
        var best = new (double Score, int Start, bool IsUnknown)[word.Length + 1];
        Array.Fill(best, (0, -1, false));
        for (var start = 0; start < word.Length;)
        {
            var single = char.IsHighSurrogate(word[start]) && start + 1 < word.Length && char.IsLowSurrogate(word[start + 1]) ? 2 : 1;
            var sofar = best[start].Score;
            var hasSingle = false;
            for (var length = 1; length <= Math.Min(_longest, word.Length - start); length++)
            {
                if (_lookup.TryGetValue(word.AsSpan(start, length), out var id))
                {
                    Offer(start, start + length, sofar + _scores[id], isUnknown: false);
                    hasSingle |= length == single;
                }
            }

            if (!hasSingle)
            {
                Offer(start, start + single, sofar + _unknownScore, isUnknown: true);
            }

            start += single;
        }

        return Back();

        void Offer(int start, int end, double score, bool isUnknown)
        {
            if (best[end].Start < 0 || score > best[end].Score)
            {
                best[end] = (score, start, isUnknown);
            }
        }

        List<(int, int)> Back()
        {
            var cuts = new List<(int Start, int End)>();
            for (var (end, wasUnknown) = (word.Length, false); end > 0; end = best[end].Start)
            {
                var (_, start, isUnknown) = best[end];
                if (isUnknown && wasUnknown)
                {
                    cuts[^1] = (start, cuts[^1].End);
                }
                else
                {
                    cuts.Add((start, end));
                }

                wasUnknown = isUnknown;
            }

            return cuts;
        }
    }

    private static (string Text, double Score) Piece(JsonPart piece) => piece.Items.ToList() is [var text, var score] && score.Element.ValueKind == System.Text.Json.JsonValueKind.Number
        ? (text.String, score.Element.GetDouble()) : throw piece.Wrong("another form", "a piece and its score");
}
