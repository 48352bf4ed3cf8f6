using System.Globalization;
using ServerlessTuning.Contracts;

namespace ServerlessTuning.Datasets.Preparation;

/// <summary>Joins what the chunks found to the labels of the whole dataset, and says what is wrong with them.</summary>
/// <param name="given">The labels that the request or the base model's own head names, in the order of their ids; null when the training files decide.</param>
internal sealed class LabelDecision(DatasetScan scan, IReadOnlyList<string>? given)
{
    private readonly Dictionary<string, long> training = new(StringComparer.Ordinal);
    private readonly List<(string Label, string File, long Line)> seen = [];
    private bool allNumbers = true, anyFraction, anyList;

    /// <param name="linesBefore">Lines of the file in front of the chunk.</param>
    public void Add(int chunk, LabelSurvey survey, long linesBefore)
    {
        var file = scan.Files[scan.Chunks[chunk].File];
        (allNumbers, anyFraction, anyList) = (allNumbers & (survey.AllNumbers || survey.Names.Count == 0), anyFraction | survey.AnyFraction, anyList | survey.AnyList);
        foreach (var (label, count) in survey.Names)
        {
            seen.Add((label, file.Name, linesBefore + count.FirstLine));
            if (file.File.Split == DatasetSplit.Train)
            {
                training[label] = training.GetValueOrDefault(label) + count.Examples;
            }
        }
    }

    /// <returns>Null when there is a problem.</returns>
    public LabelSet? Decide(Action<DatasetProblem> report)
    {
        if (given is null && allNumbers && anyFraction && !anyList)
        {
            return new(["value"], ProblemType.Regression, [training.Values.Sum()]);
        }

        IReadOnlyList<string> names = given ?? [.. training.Keys.Order(allNumbers ? ByNumber : StringComparer.Ordinal)];
        List<DatasetProblem> problems = [.. Objections(names)];
        problems.ForEach(report);
        return problems.Count > 0 ? null : new(names, anyList ? ProblemType.MultiLabel : ProblemType.SingleLabel, [.. names.Select(name => training.GetValueOrDefault(name))]);
    }

    private IEnumerable<DatasetProblem> Objections(IReadOnlyList<string> names)
    {
        var file = scan.Files.First(static file => file.File.Split == DatasetSplit.Train).Name;
        if (given is null && training.Count > LabelSurvey.Most)
        {
            yield return new(file, null, null, $"more than {LabelSurvey.Most} different labels", "classes that many examples share",
                "Check which column is the label; a number to be foretold is written with a decimal point, such as 3.0.");
            yield break;
        }

        if (!anyList && training.Count == 1)
        {
            yield return new(file, null, null, $"one class only, \"{training.Keys.First()}\"", "at least two classes", "Add examples of the other classes: from one class nothing can be learned.");
        }

        var known = names.ToHashSet(StringComparer.Ordinal);
        foreach (var (label, where, line) in seen.Where(item => !known.Contains(item.Label)).DistinctBy(item => item.Label))
        {
            yield return new(where, line, null, $"the label \"{label}\"", $"one of {string.Join(", ", names.Take(20))}{(names.Count > 20 ? ", …" : "")}",
                (NearestName.Of(label, names) is { } near ? $"Did you mean \"{near}\"? " : "")
                + (given is null ? "No training example has it: add some, or correct the label." : "Correct it, or name all labels in \"labels\" of tuning.json."));
        }
    }

    private static readonly Comparer<string> ByNumber = Comparer<string>.Create((a, b) =>
        double.Parse(a, CultureInfo.InvariantCulture).CompareTo(double.Parse(b, CultureInfo.InvariantCulture)));
}
