namespace ServerlessTuning.Datasets.Tokenization;

/// <summary>A token that is found in the text before anything else happens to it.</summary>
/// <param name="SingleWord">Only where no letter, digit or underscore touches it.</param>
/// <param name="LeftStrip">Takes the white space before it along.</param>
/// <param name="RightStrip">Takes the white space after it along.</param>
/// <param name="Normalized">Looked for in the normalized text.</param>
/// <param name="Special">Left out when decoding for people.</param>
internal sealed record AddedToken(int Id, string Content, bool SingleWord, bool LeftStrip, bool RightStrip, bool Normalized, bool Special);

/// <summary>A stretch of text: an added token if <paramref name="Id"/> is set, ordinary text if not.</summary>
internal readonly record struct AddedTokenPiece(int Offset, int Length, int? Id)
{
    public string Text(string whole) => Length == whole.Length ? whole : whole.Substring(Offset, Length);
}

/// <summary>Finds added tokens in a text: leftmost first, the longest of those that start there.</summary>
internal sealed class AddedTokens
{
    private readonly Dictionary<char, AddedToken[]> _byFirst;
    private readonly System.Buffers.SearchValues<char> _firsts;

    public AddedTokens(IReadOnlyList<AddedToken> tokens)
    {
        _byFirst = tokens.Where(token => token.Content.Length > 0).GroupBy(token => token.Content[0])
            .ToDictionary(group => group.Key, group => group.OrderByDescending(token => token.Content.Length).ToArray());
        _firsts = System.Buffers.SearchValues.Create([.. _byFirst.Keys]);
    }

    public IEnumerable<AddedTokenPiece> Split(string text)
    {
        var done = 0;
        for (var at = Next(text, 0); at >= 0; at = Next(text, at))
        {
            if (Match(text, at) is not { } token || (token.SingleWord && IsInsideWord(text, at, token.Content.Length)))
            {
                at++;
                continue;
            }
            var (start, end) = (at, at + token.Content.Length);
            while (token.LeftStrip && start > done && char.IsWhiteSpace(text[start - 1]))
            {
                start--;
            }
            while (token.RightStrip && end < text.Length && char.IsWhiteSpace(text[end]))
            {
                end++;
            }
            if (start > done)
            {
                yield return new(done, start - done, null);
            }
            yield return new(start, end - start, token.Id);
            done = at = end;
        }
        if (done < text.Length)
        {
            yield return new(done, text.Length - done, null);
        }
    }

    private int Next(string text, int from)
    {
        var found = from < text.Length ? text.AsSpan(from).IndexOfAny(_firsts) : -1;
        return found < 0 ? -1 : from + found;
    }

    private AddedToken? Match(string text, int at)
    {
        foreach (var token in _byFirst[text[at]])
        {
            if (string.CompareOrdinal(text, at, token.Content, 0, token.Content.Length) == 0)
            {
                return token;
            }
        }
        return null;
    }

    private static bool IsInsideWord(string text, int start, int length) =>
        (start > 0 && IsWordCharacter(text[start - 1])) || (start + length < text.Length && IsWordCharacter(text[start + length]));

    private static bool IsWordCharacter(char c) => char.IsLetterOrDigit(c) || c == '_';
}
