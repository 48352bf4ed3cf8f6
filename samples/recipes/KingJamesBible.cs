using System.Text.RegularExpressions;

namespace ServerlessTuning.Recipes;

/// <summary>Debian's package bible-kjv: <c>bible</c> prints the Authorized Version, one verse a line: <c>Ge1:3 And God said, …</c>.</summary>
public static partial class KingJamesBible
{
    public static IReadOnlyList<Verse> Read()
    {
        var verses = new List<Verse>();
        var book = 0;
        var abbreviation = "";
        foreach (var line in ExternalProgram.Lines("bible", "bible-kjv", "-f", "-l99999", "Ge1:1-Rev22:21"))
        {
            if (VerseLine().Match(line) is not { Success: true } match)
            {
                continue;
            }
            if (match.Groups["book"].Value != abbreviation)
            {
                abbreviation = match.Groups["book"].Value;
                book++;
            }
            verses.Add(new(
                book, WorldEnglishBible.Titles[book - 1], int.Parse(match.Groups["chapter"].Value), int.Parse(match.Groups["verse"].Value), match.Groups["text"].Value.Trim()));
        }
        return book == 66 ? verses : throw new InvalidDataException($"bible printed {book} books, expected 66. Is Debian's bible-kjv-text installed whole?");
    }

    [GeneratedRegex(@"^(?<book>[1-3]?[A-Za-z]+)(?<chapter>\d+):(?<verse>\d+) (?<text>.+)$")]
    private static partial Regex VerseLine();
}
