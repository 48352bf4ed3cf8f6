using System.Text.RegularExpressions;

namespace ServerlessTuning.Recipes;

/// <summary>Debian's package sword-text-web, printed by libsword-utils' <c>mod2imp</c>: a line <c>$$$Genesis 1:3</c>, then the verse in OSIS markup.</summary>
public static partial class WorldEnglishBible
{
    private const string Module = "engWEB2015eb";

    /// <summary>The 66 books of the King James Bible in their order, as the module spells them.</summary>
    public static IReadOnlyList<string> Titles { get; } =
    [
        "Genesis", "Exodus", "Leviticus", "Numbers", "Deuteronomy", "Joshua", "Judges", "Ruth", "I Samuel", "II Samuel", "I Kings", "II Kings",
        "I Chronicles", "II Chronicles", "Ezra", "Nehemiah", "Esther", "Job", "Psalms", "Proverbs", "Ecclesiastes", "Song of Solomon", "Isaiah",
        "Jeremiah", "Lamentations", "Ezekiel", "Daniel", "Hosea", "Joel", "Amos", "Obadiah", "Jonah", "Micah", "Nahum", "Habakkuk", "Zephaniah",
        "Haggai", "Zechariah", "Malachi", "Matthew", "Mark", "Luke", "John", "Acts", "Romans", "I Corinthians", "II Corinthians", "Galatians",
        "Ephesians", "Philippians", "Colossians", "I Thessalonians", "II Thessalonians", "I Timothy", "II Timothy", "Titus", "Philemon", "Hebrews",
        "James", "I Peter", "II Peter", "I John", "II John", "III John", "Jude", "Revelation of John",
    ];

    /// <summary>Every verse with text, in the module's order, the deuterocanonical books among them.</summary>
    public static IReadOnlyList<Verse> Read()
    {
        var numbers = Titles.Select((title, index) => (title, index)).ToDictionary(t => t.title, t => t.index + 1);
        var verses = new List<Verse>();
        Match? reference = null;
        foreach (var line in ExternalProgram.Lines("mod2imp", "libsword-utils sword-text-web", Module))
        {
            if (line.StartsWith("$$$", StringComparison.Ordinal))
            {
                reference = Reference().Match(line);
            }
            else if (reference is { Success: true } && int.Parse(reference.Groups["verse"].Value) > 0 && PlainText(line) is { Length: > 0 } text)
            {
                var title = reference.Groups["title"].Value;
                verses.Add(new(
                    numbers.GetValueOrDefault(title), title, int.Parse(reference.Groups["chapter"].Value), int.Parse(reference.Groups["verse"].Value), text));
            }
        }
        return verses;
    }

    /// <summary>The words of a verse: no footnotes, headings or psalm titles, straight quotes.</summary>
    private static string PlainText(string osis)
    {
        var words = Tag().Replace(Aside().Replace(osis, " "), "");
        words = words.Replace('“', '"').Replace('”', '"').Replace('‘', '\'').Replace('’', '\'');
        words = SpaceBeforePunctuation().Replace(Spaces().Replace(words, " "), "$1");
        return words.Trim();
    }

    [GeneratedRegex(@"^\$\$\$(?<title>.+) (?<chapter>\d+):(?<verse>\d+)$")]
    private static partial Regex Reference();

    [GeneratedRegex(@"<note\b.*?</note>|<title\b.*?</title>|<l [^>]*type=""selah""/>\s*Selah\.?")]
    private static partial Regex Aside();

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tag();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex(@" ([,.;:!?])")]
    private static partial Regex SpaceBeforePunctuation();
}
