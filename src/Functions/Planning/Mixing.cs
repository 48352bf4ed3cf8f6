using System.Globalization;
using ServerlessTuning.Contracts;

namespace ServerlessTuning.Functions.Planning;

/// <summary>Shares of the tokens to how often an epoch takes each example, so that an epoch has as many tokens as the files together.</summary>
internal static class Mixing
{
    /// <summary>Beyond it another pass teaches little (Muennighoff et al. 2023, arXiv:2305.16264).</summary>
    private const double WornOut = 4;

    public static IEnumerable<DatasetProblem> Objections(IReadOnlyDictionary<string, double>? shares, DatasetReport data)
    {
        if (shares is null)
        {
            yield break;
        }

        string[] files = [.. Sources(data).Select(source => source.File)];
        if (shares.Keys.Except(files).FirstOrDefault() is { } unknown)
        {
            yield return new("tuning.json", null, "mixture", $"\"{unknown}\"", $"a training file of the dataset: {string.Join(", ", files)}", "Name files as they are called in the dataset's folder.");
        }
        else if (files.Except(shares.Keys).FirstOrDefault() is { } forgotten)
        {
            yield return new("tuning.json", null, "mixture", $"no share for \"{forgotten}\"", "a share for every training file", "Give it one; 0 leaves its examples out.");
        }
        else if (shares.Values.Sum() == 0)
        {
            yield return new("tuning.json", null, "mixture", "shares of 0 only", "one above 0", "Leave the mixture out to take every example once an epoch.");
        }
    }

    /// <param name="shares">Of the tokens; null for each example once. They need not add up to 1.</param>
    public static IReadOnlyList<MixedSource>? Of(IReadOnlyDictionary<string, double>? shares, DatasetReport data, PlannedValues values)
    {
        if (shares is null)
        {
            return null;
        }

        var whole = shares.Values.Sum();
        List<MixedSource> mixture = [.. Sources(data).Select(source => new MixedSource(source.File, source.Examples, shares[source.File] / whole * data.Train.Tokens / source.Tokens))];
        foreach (var source in mixture)
        {
            values.Say($"mixture {source.File}", string.Create(CultureInfo.InvariantCulture, $"{shares[source.File] / whole:0.0 %}"), string.Create(CultureInfo.InvariantCulture,
                $"{PlannedValues.Asked}: an epoch takes each of its {source.Examples} examples {source.Repeats:0.##} times{(source.Repeats > WornOut ? ", which wears them out: watch the validation loss" : "")}"));
        }

        return mixture;
    }

    private static IReadOnlyList<SourceReport> Sources(DatasetReport data) => data.Train.Sources ?? [];
}
