using System.Globalization;
using System.Text;

namespace ServerlessTuning.Datasets.Tokenization;

/// <summary>Cuts words out of a text, or words into smaller ones.</summary>
/// <param name="isFirst">The text begins where the whole text begins.</param>
internal delegate IEnumerable<(string Word, bool IsFirst)> WordCutter(string text, bool isFirst);

/// <summary>Reads the pre-tokenizer of a tokenizer.json whose model works on characters.</summary>
internal static class WordCutters
{
    public static WordCutter Read(JsonPart? part) => part?["type"].String switch
    {
        null => (text, isFirst) => [(text, isFirst)],
        "Sequence" => Sequence([.. part["pretokenizers"].Items.Select(Read)]),
        "BertPreTokenizer" => Sequence([Words(char.IsWhiteSpace), Isolated(IsPunctuation)]),
        "WhitespaceSplit" => Words(char.IsWhiteSpace),
        "Whitespace" => Splitting(Split.WordsAndSigns),
        "Punctuation" => part.Optional("behavior") is null or { String: "Isolated" } ? Isolated(IsPunctuation) : throw part["behavior"].Unsupported("'Isolated'"),
        "Split" or "Digits" => Splitting(Split.Read(part)),
        "Metaspace" => Metaspace(part),
        _ => throw part["type"].Unsupported("'BertPreTokenizer', 'Whitespace', 'WhitespaceSplit', 'Punctuation', 'Split', 'Digits', 'Metaspace' or a 'Sequence' of them"),
    };

    /// <summary>Words in the letters of the bytes: for a vocabulary that lacks some of them, so that they are unknown and not dropped.</summary>
    public static WordCutter Spelled(ByteLevelPreTokenizer words) => (text, isFirst) =>
    {
        text = words.AddPrefixSpace && !text.StartsWith(' ') ? " " + text : text;
        return words.PreTokenize(text).Select(piece => (ByteLevelAlphabet.Spell(Encoding.UTF8.GetBytes(text.Substring(piece.Offset, piece.Length))), isFirst && piece.Offset == 0));
    };

    private static WordCutter Sequence(IReadOnlyList<WordCutter> cutters) => (text, isFirst) =>
        cutters.Aggregate((IEnumerable<(string Word, bool IsFirst)>)[(text, isFirst)], (words, cutter) => words.SelectMany(word => cutter(word.Word, word.IsFirst)));

    /// <summary>What stands between characters that separate.</summary>
    private static WordCutter Words(Func<char, bool> separates) => (text, isFirst) => Between(text, isFirst, separates);

    private static IEnumerable<(string, bool)> Between(string text, bool isFirst, Func<char, bool> separates)
    {
        for (var start = 0; start < text.Length;)
        {
            var end = start;
            while (end < text.Length && !separates(text[end]))
            {
                end++;
            }

            if (end > start)
            {
                yield return (text[start..end], isFirst && start == 0);
            }

            start = end + 1;
        }
    }

    /// <summary>Characters of a kind stand alone.</summary>
    private static WordCutter Isolated(Func<Rune, bool> stands) => (text, isFirst) => Alone(text, isFirst, stands);

    private static IEnumerable<(string, bool)> Alone(string text, bool isFirst, Func<Rune, bool> stands)
    {
        var start = 0;
        for (var at = 0; at < text.Length;)
        {
            Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out var length);
            if (stands(rune))
            {
                if (at > start)
                {
                    yield return (text[start..at], isFirst && start == 0);
                }

                yield return (text.Substring(at, length), isFirst && at == 0);
                start = at + length;
            }

            at += length;
        }

        if (start < text.Length)
        {
            yield return (text[start..], isFirst && start == 0);
        }
    }

    private static WordCutter Splitting(Split split) => (text, isFirst) =>
    {
        var pieces = new List<(int Offset, int Length)>();
        split.Cut(text, 0, pieces);
        return pieces.Select(piece => (text.Substring(piece.Offset, piece.Length), isFirst && piece.Offset == 0));
    };

    /// <summary>A space becomes a visible mark that begins the word after it; a text that does not begin with one may get one.</summary>
    private static WordCutter Metaspace(JsonPart part)
    {
        var mark = part.Optional("replacement")?.String is { Length: 1 } given ? given[0] : '▁';
        var scheme = part.Optional("prepend_scheme")?.String ?? (part.Flag("add_prefix_space", otherwise: true) ? "always" : "never");
        if (scheme is not ("always" or "first" or "never"))
        {
            throw part["prepend_scheme"].Unsupported("'always', 'first' or 'never'");
        }

        var splits = part.Flag("split", otherwise: true);
        return (text, isFirst) =>
        {
            text = text.Replace(' ', mark);
            text = text.Length > 0 && text[0] != mark && (scheme == "always" || (scheme == "first" && isFirst)) ? mark + text : text;
            return splits ? Marked(text, mark, isFirst) : [(text, isFirst)];
        };
    }

    private static IEnumerable<(string, bool)> Marked(string text, char mark, bool isFirst)
    {
        var start = 0;
        for (var at = 1; at <= text.Length; at++)
        {
            if (at == text.Length || text[at] == mark)
            {
                yield return (text[start..at], isFirst && start == 0);
                start = at;
            }
        }
    }

    /// <summary>ASCII's signs, and what Unicode calls punctuation.</summary>
    private static bool IsPunctuation(Rune rune) => rune.Value is (>= 33 and <= 47) or (>= 58 and <= 64) or (>= 91 and <= 96) or (>= 123 and <= 126)
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.ConnectorPunctuation or UnicodeCategory.DashPunctuation or UnicodeCategory.OpenPunctuation
            or UnicodeCategory.ClosePunctuation or UnicodeCategory.InitialQuotePunctuation or UnicodeCategory.FinalQuotePunctuation or UnicodeCategory.OtherPunctuation;
}

/// <summary>Words, each by itself.</summary>
internal sealed class WordwiseModel(IWordModel model, WordCutter cutter) : ITokenModel
{
    public void Encode(string text, bool isFirst, List<int> ids)
    {
        foreach (var (word, _) in cutter(text, isFirst))
        {
            if (word.Length > 0)
            {
                model.Encode(word, ids);
            }
        }
    }
}
