using System.Text.RegularExpressions;

namespace ServerlessTuning.Recipes;

/// <summary>
/// The sample dataset: a verse in modern English (World English Bible) and the same verse as the King James Bible has it.
/// Whole books are held out, so that no test verse stands beside a training verse.
/// </summary>
public sealed partial class Verses
{
    private const int Shortest = 40, Longest = 160, TrainingExamples = 1800, ValidationExamples = 100;

    /// <summary>Old words beside the verbs in -eth and -est, which are found.</summary>
    private static readonly string[] s_oldWords =
    [
        "thee", "thou", "thy", "thine", "thyself", "ye", "hath", "doth", "unto", "saith", "art", "shalt", "wilt", "hast", "hadst", "dost", "didst", "canst",
        "wast", "wert", "wouldest", "shouldest", "mayest", "spake", "brake", "sware", "bare", "begat", "whoso", "whosoever", "whither", "thither", "hither",
        "thereof", "whereof", "wherefore", "wherewith", "nigh", "verily", "yea", "nay", "behold", "lo",
    ];

    private readonly HashSet<string> _markers;

    private Verses(HashSet<string> markers) => _markers = markers;

    /// <summary>Words that tell the King James style, in order: the list above and the verbs in -eth and -est, without what the modern translation uses too.</summary>
    public IEnumerable<string> Markers => _markers.Order(StringComparer.Ordinal);

    public IReadOnlyList<VersePair> Train { get; private init; } = [];

    public IReadOnlyList<VersePair> Validation { get; private init; } = [];

    public IReadOnlyList<VersePair> Test { get; private init; } = [];

    public static Verses Of(IReadOnlyList<Verse> kingJames, IReadOnlyList<Verse> worldEnglish)
    {
        var markers = FindMarkers(kingJames, worldEnglish);
        var all = Pairs(kingJames, worldEnglish).Where(pair => IsGood(pair, markers)).ToList();
        var rest = all.Where(pair => !HeldOutBooks.KeepsOut(pair.Modern)).OrderBy(pair => StableHash.Of(pair.Modern.Text)).Take(TrainingExamples + ValidationExamples).ToList();
        return new(markers)
        {
            Train = rest[..TrainingExamples],
            Validation = rest[TrainingExamples..],
            Test = [.. all.Where(pair => HeldOutBooks.Contains(pair.Modern))],
        };
    }

    /// <summary>The same verse in both, where both number the verses alike.</summary>
    private static IEnumerable<VersePair> Pairs(IReadOnlyList<Verse> kingJames, IReadOnlyList<Verse> worldEnglish)
    {
        var old = kingJames.ToDictionary(verse => (verse.Book, verse.Chapter, verse.Number));
        return from modern in worldEnglish
               where modern.Book > 0 && old.ContainsKey((modern.Book, modern.Chapter, modern.Number))
               select new VersePair(modern with { Text = WithoutLoneQuote(modern.Text) }, old[(modern.Book, modern.Chapter, modern.Number)]);
    }

    // A speech that goes on over several verses opens or closes its quotes elsewhere.
    private static string WithoutLoneQuote(string text) => text.Count(c => c == '"') % 2 == 0 ? text
        : text.StartsWith('"') ? text[1..] : text.EndsWith('"') ? text[..^1] : text.Replace("\"", "");

    private static bool IsGood(VersePair pair, HashSet<string> markers) =>
        pair.Modern.Text.Length is >= Shortest and <= Longest
        && pair.Old.Text.Length is >= Shortest and <= Longest
        && !Words(pair.Modern.Text).Any(markers.Contains)
        && Words(pair.Old.Text).Any(markers.Contains)
        && SharedWords(pair) >= 0.4;

    // Verses that say it in quite other words teach nothing to a model this small.
    private static double SharedWords(VersePair pair)
    {
        var modern = Words(pair.Modern.Text).ToHashSet();
        var old = Words(pair.Old.Text).ToHashSet();
        return modern.Intersect(old).Count() / (double)Math.Max(modern.Count, old.Count);
    }

    private static HashSet<string> FindMarkers(IReadOnlyList<Verse> kingJames, IReadOnlyList<Verse> worldEnglish)
    {
        var modern = worldEnglish.SelectMany(verse => Words(verse.Text)).CountBy(word => word).ToDictionary();
        var verbs =
            from word in kingJames.SelectMany(verse => Words(verse.Text)).Distinct()
            where VerbEnding().IsMatch(word) && !modern.ContainsKey(word)
            select word;
        return [.. s_oldWords.Where(word => modern.GetValueOrDefault(word) <= 20), .. verbs];
    }

    private static IEnumerable<string> Words(string text) => Word().Matches(text.ToLowerInvariant()).Select(match => match.Value);

    [GeneratedRegex("[a-z]+")]
    private static partial Regex Word();

    [GeneratedRegex("^[a-z]{2,}(?:eth|est)$")]
    private static partial Regex VerbEnding();
}

/// <summary>A verse in both translations.</summary>
public sealed record VersePair(Verse Modern, Verse Old);
