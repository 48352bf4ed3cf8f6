using System.Text;

namespace ServerlessTuning.Datasets.Tokenization;

/// <summary>
/// Byte-pair encoding over characters, as SentencePiece's models have it in tokenizer.json (Llama 2, Mistral, Gemma): neighbours join in the order of the merges;
/// a character that is no token falls back to its bytes, or to the unknown token. Source: Sennrich et al. 2016, arXiv:1508.07909; tokenizers, models/bpe.
/// </summary>
internal sealed class CharacterPairModel : IWordModel
{
    private readonly IReadOnlyDictionary<string, int> _vocabulary;
    private readonly Dictionary<(int Left, int Right), (int Rank, int Joined)> _merges;
    private readonly int[]? _bytes;                 // ids of <0x00> … <0xFF>; null without fallback
    private readonly int? _unknown;
    private readonly bool _fusesUnknown, _ignoresMerges;
    private readonly string _prefix, _suffix;       // of continued words and of their ends

    private CharacterPairModel(JsonPart model, IReadOnlyDictionary<string, int> vocabulary)
    {
        BytePairModel.RefuseDropout(model);
        _vocabulary = vocabulary;
        (_prefix, _suffix) = (model.Optional("continuing_subword_prefix")?.String ?? "", model.Optional("end_of_word_suffix")?.String ?? "");
        (_fusesUnknown, _ignoresMerges) = (model.Flag("fuse_unk"), model.Flag("ignore_merges"));
        _unknown = model.Optional("unk_token") is { } unknown ? vocabulary.TryGetValue(unknown.String, out var id) ? id : throw unknown.Wrong($"'{unknown.String}'", "a token of model.vocab") : null;
        _bytes = model.Flag("byte_fallback") ? ByteIds(vocabulary) : null;
        _merges = [];
        foreach (var (left, right) in BytePairModel.Pairs(model["merges"]))
        {
            var joined = left + (right.StartsWith(_prefix, StringComparison.Ordinal) ? right[_prefix.Length..] : right);
            _merges.TryAdd((IdOf(left), IdOf(right)), (_merges.Count, IdOf(joined)));
        }

        int IdOf(string token) => vocabulary.TryGetValue(token, out var id) ? id : throw model["merges"].Wrong($"'{token}', which model.vocab lacks", "tokens of model.vocab");
    }

    public static CharacterPairModel Read(JsonPart model, IReadOnlyDictionary<string, int> vocabulary) => new(model, vocabulary);

    public void Encode(string word, List<int> ids)
    {
        if (_ignoresMerges && _vocabulary.TryGetValue(word, out var whole))
        {
            ids.Add(whole);
            return;
        }

        var symbols = Symbols(word);
        Merge(symbols);
        ids.AddRange(symbols.Where(symbol => symbol.Id >= 0).Select(symbol => symbol.Id));
    }

    /// <summary>Part of a chain; an id of −1 was joined into the one before it.</summary>
    private record struct Symbol(int Id, int Before, int After);

    private Symbol[] Symbols(string word)
    {
        var ids = new List<int>();
        var wasUnknown = false;
        foreach (var (rune, isFirst, isLast) in Runes(word))
        {
            var text = (isFirst ? "" : _prefix) + rune + (isLast ? _suffix : "");
            if (_vocabulary.TryGetValue(text, out var id))
            {
                ids.Add(id);
                wasUnknown = false;
            }
            else if (_bytes is not null)
            {
                ids.AddRange(Encoding.UTF8.GetBytes(text).Select(b => _bytes[b]));
                wasUnknown = false;
            }
            else if (_unknown is { } unknown && !(wasUnknown && _fusesUnknown))
            {
                ids.Add(unknown);
                wasUnknown = true;
            }
        }

        return [.. ids.Select((id, i) => new Symbol(id, i - 1, i + 1 < ids.Count ? i + 1 : -1))];
    }

    private static IEnumerable<(string Rune, bool IsFirst, bool IsLast)> Runes(string word)
    {
        for (var at = 0; at < word.Length;)
        {
            Rune.DecodeFromUtf16(word.AsSpan(at), out _, out var length);
            yield return (word.Substring(at, length), at == 0, at + length == word.Length);
            at += length;
        }
    }

    /// <summary>The lowest rank first, leftmost among equals; n log n, because a text without spaces is one word.</summary>
    private void Merge(Symbol[] symbols)
    {
        var queue = new PriorityQueue<(int Left, int LeftId, int RightId), (int Rank, int Left)>();
        for (var i = 0; i + 1 < symbols.Length; i++)
        {
            Offer(i);
        }

        while (queue.TryDequeue(out var pair, out _))
        {
            ref var left = ref symbols[pair.Left];
            if (left.Id != pair.LeftId || left.After < 0 || symbols[left.After].Id != pair.RightId)
            {
                continue; // one of the two was joined with another since
            }

            var right = left.After;
            left = left with { Id = _merges[(pair.LeftId, pair.RightId)].Joined, After = symbols[right].After };
            symbols[right].Id = -1;
            if (left.After >= 0)
            {
                symbols[left.After].Before = pair.Left;
                Offer(pair.Left);
            }

            if (left.Before >= 0)
            {
                Offer(left.Before);
            }
        }

        void Offer(int at)
        {
            var (id, next) = (symbols[at].Id, symbols[symbols[at].After].Id);
            if (_merges.TryGetValue((id, next), out var merge))
            {
                queue.Enqueue((at, id, next), (merge.Rank, at));
            }
        }
    }

    /// <returns>Null when the vocabulary has not all of them: then bytes are unknown too.</returns>
    internal static int[]? ByteIds(IReadOnlyDictionary<string, int> vocabulary)
    {
        int[] ids = [.. Enumerable.Range(0, 256).Select(b => vocabulary.TryGetValue($"<0x{b:X2}>", out var id) ? id : -1)];
        return ids.Contains(-1) ? null : ids;
    }
}
