using System.Globalization;
using ServerlessTuning.Datasets.Examples;

namespace ServerlessTuning.Datasets.Preparation;

/// <summary>The labels that a chunk's examples have.</summary>
/// <param name="Names">With the number of examples (of words, in tagged text) and the first line of each; not filled beyond <see cref="Most"/>.</param>
/// <param name="AllNumbers">Every label is a number.</param>
/// <param name="AnyFraction">One at least is no whole number.</param>
/// <param name="AnyList">Labels stand in lists: there may be several, or none.</param>
public sealed record LabelSurvey(IReadOnlyDictionary<string, LabelCount> Names, bool AllNumbers, bool AnyFraction, bool AnyList)
{
    /// <summary>More different labels than this are no classes.</summary>
    public const int Most = 2000;
}

/// <param name="FirstLine">Counted in the chunk.</param>
public sealed record LabelCount(long Examples, long FirstLine);

/// <summary>Counts the labels of examples that come one after the other.</summary>
internal sealed class LabelCounter
{
    private readonly Dictionary<string, LabelCount> names = new(StringComparer.Ordinal);
    private bool allNumbers = true, anyFraction, anyList;

    public LabelSurvey Survey => new(names, allNumbers && names.Count > 0, anyFraction, anyList);

    public void Count(ExampleRecord example, long line)
    {
        anyList |= example.IsList;
        foreach (var label in example.Labels)
        {
            allNumbers &= example.IsNumber;
            anyFraction |= example.IsNumber && double.Parse(label, CultureInfo.InvariantCulture) % 1 != 0;
            var known = names.GetValueOrDefault(label);
            if (known is not null || names.Count <= LabelSurvey.Most)
            {
                names[label] = known is null ? new(1, line) : known with { Examples = known.Examples + 1 };
            }
        }
    }
}
