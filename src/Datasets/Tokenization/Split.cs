using System.Text.RegularExpressions;

namespace ServerlessTuning.Datasets.Tokenization;

/// <summary>Cuts text where a pattern matches; what lies between matches are pieces too.</summary>
internal sealed partial class Split
{
    private const string Gpt2Pattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
    private const string Qwen2Pattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Llama3Pattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>A pattern that tries every way to cut a text must not hang the program.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly Regex _pattern;
    private readonly Matches _matches;

    private Split(Regex pattern, Matches matches) => (_pattern, _matches) = (pattern, matches);

    /// <summary>What becomes of a match.</summary>
    private enum Matches
    {
        Isolated,
        Removed,

        /// <summary>What lies between goes.</summary>
        Kept,
        JoinPrevious,
        JoinNext,
    }

    /// <summary>Runs of word characters and runs of other signs; white space goes.</summary>
    public static Split WordsAndSigns { get; } = new(new Regex(@"\w+|[^\w\s]+", RegexOptions.CultureInvariant), Matches.Kept);

    public static Split Gpt2 { get; } = new(Gpt2Regex(), Matches.Isolated);

    /// <summary>Reads <c>Split</c> or <c>Digits</c>.</summary>
    public static Split Read(JsonPart part) => part["type"].String switch
    {
        "Split" => part.Flag("invert") ? throw part["invert"].Unsupported("false") : new(Pattern(part["pattern"]), Behavior(part["behavior"])),
        "Digits" => new(new Regex(part.Flag("individual_digits") ? @"\p{N}" : @"\p{N}+"), Matches.Isolated),
        _ => throw part["type"].Unsupported("'Split' or 'Digits' before 'ByteLevel'"),
    };

    /// <param name="offset">Where the text begins in the whole; added to what is found.</param>
    /// <exception cref="TokenizerException">The pattern does not come to an end.</exception>
    public void Cut(ReadOnlySpan<char> text, int offset, List<(int Offset, int Length)> pieces)
    {
        try
        {
            CutAll(text, offset, pieces);
        }
        catch (RegexMatchTimeoutException)
        {
            throw new TokenizerException("tokenizer.json", "pre_tokenizer.pattern", $"'{_pattern}', which does not come to an end on a text of {text.Length} characters", "a pattern whose time grows with the text", "Take the tokenizer from the model's publisher.");
        }
    }

    private void CutAll(ReadOnlySpan<char> text, int offset, List<(int Offset, int Length)> pieces)
    {
        if (text.ContainsAnyInRange('\uD800', '\uDFFF'))
        {
            CutByCodePoints(text, offset, pieces);
            return;
        }
        var done = 0;
        foreach (var match in _pattern.EnumerateMatches(text))
        {
            done = Add(match.Index, match.Index + match.Length, done, offset, pieces);
        }
        if (done < text.Length && _matches != Matches.Kept)
        {
            pieces.Add((offset + done, text.Length - done));
        }
    }

    // .NET matches UTF-16 units, the library code points: see CodePointText.
    private void CutByCodePoints(ReadOnlySpan<char> text, int offset, List<(int Offset, int Length)> pieces)
    {
        var units = CodePointText.Of(text);
        var done = 0;
        foreach (var match in _pattern.EnumerateMatches(units.Text))
        {
            done = Add(units.Starts[match.Index], units.Starts[match.Index + match.Length], done, offset, pieces);
        }
        if (done < text.Length && _matches != Matches.Kept)
        {
            pieces.Add((offset + done, text.Length - done));
        }
    }

    private int Add(int start, int end, int done, int offset, List<(int Offset, int Length)> pieces)
    {
        if (end == start)
        {
            return done;
        }
        switch (_matches)
        {
            case Matches.Kept:
                pieces.Add((offset + start, end - start));
                return end;
            case Matches.JoinPrevious:
                pieces.Add((offset + done, end - done));
                return end;
            case Matches.JoinNext:
                if (start > done)
                {
                    pieces.Add((offset + done, start - done));
                }
                return start;
            default:
                if (start > done)
                {
                    pieces.Add((offset + done, start - done));
                }
                if (_matches == Matches.Isolated)
                {
                    pieces.Add((offset + start, end - start));
                }
                return end;
        }
    }

    private static Regex Pattern(JsonPart pattern)
    {
        if (pattern.Optional("String") is { } text)
        {
            return new Regex(Regex.Escape(text.String), RegexOptions.CultureInvariant);
        }
        return Parse(pattern["Regex"]);
    }

    /// <exception cref="TokenizerException">.NET does not understand it.</exception>
    internal static Regex Parse(JsonPart regex)
    {
        try
        {
            return regex.String switch
            {
                Gpt2Pattern => Gpt2Regex(),
                Qwen2Pattern => Qwen2Regex(),
                Llama3Pattern => Llama3Regex(),
                var other => new Regex(other, RegexOptions.Compiled | RegexOptions.CultureInvariant, s_patience),
            };
        }
        catch (RegexParseException)
        {
            throw regex.Unsupported("a regular expression that .NET understands too");
        }
    }

    private static Matches Behavior(JsonPart behavior) => behavior.String switch
    {
        "Isolated" => Matches.Isolated,
        "Removed" => Matches.Removed,
        "MergedWithPrevious" => Matches.JoinPrevious,
        "MergedWithNext" => Matches.JoinNext,
        _ => throw behavior.Unsupported("'Isolated', 'Removed', 'MergedWithPrevious' or 'MergedWithNext'"),
    };

    [GeneratedRegex(Gpt2Pattern, RegexOptions.CultureInvariant)]
    private static partial Regex Gpt2Regex();

    [GeneratedRegex(Qwen2Pattern, RegexOptions.CultureInvariant)]
    private static partial Regex Qwen2Regex();

    [GeneratedRegex(Llama3Pattern, RegexOptions.CultureInvariant)]
    private static partial Regex Llama3Regex();
}
