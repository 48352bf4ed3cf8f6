namespace ServerlessTuning.Datasets.Tokenization;

/// <summary>The longest piece that fits, again and again; a word of which a part is no piece is unknown whole (BERT). Source: Wu et al. 2016, arXiv:1609.08144.</summary>
internal sealed class WordPieceModel : IWordModel
{
    private readonly Dictionary<string, int> _vocabulary;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly string _prefix;
    private readonly int _longestWord, _unknown;

    /// <param name="prefix">Of pieces that continue a word.</param>
    /// <param name="longestWord">In code points; a longer word is unknown.</param>
    public WordPieceModel(IReadOnlyDictionary<string, int> vocabulary, string prefix, int longestWord, int unknown)
    {
        (_vocabulary, _prefix, _longestWord, _unknown) = (new(vocabulary, StringComparer.Ordinal), prefix, longestWord, unknown);
        _lookup = _vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public static WordPieceModel Read(JsonPart model, IReadOnlyDictionary<string, int> vocabulary)
    {
        var unknown = model["unk_token"];
        return new(vocabulary, model.Optional("continuing_subword_prefix")?.String ?? "##", model.Optional("max_input_chars_per_word")?.Int ?? 100,
            vocabulary.TryGetValue(unknown.String, out var id) ? id : throw unknown.Wrong($"'{unknown.String}'", "a token of model.vocab"));
    }

    public void Encode(string word, List<int> ids)
    {
        var before = ids.Count;
        if (word.EnumerateRunes().Count() > _longestWord)
        {
            ids.Add(_unknown);
            return;
        }

        for (var start = 0; start < word.Length;)
        {
            var rest = start == 0 ? word : _prefix + word[start..];
            var length = rest.Length;
            var least = start == 0 ? 0 : _prefix.Length;
            while (length > least && !_lookup.TryGetValue(rest.AsSpan(0, length), out _))
            {
                length--;
            }

            if (length == least)
            {
                ids.RemoveRange(before, ids.Count - before);
                ids.Add(_unknown);
                return;
            }

            ids.Add(_lookup[rest.AsSpan(0, length)]);
            start += length - least;
        }
    }
}
