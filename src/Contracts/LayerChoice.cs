using System.Globalization;
using System.Text.RegularExpressions;

namespace ServerlessTuning.Contracts;

/// <summary>Which layers of a model, in words: <c>first:4</c>, <c>last:4</c>, or numbers and ranges counted from 0, <c>0-3,8</c>.</summary>
public static partial class LayerChoice
{
    public static bool IsWellFormed(string text) => Ends().IsMatch(text) || Numbers().IsMatch(text);

    /// <param name="text">Well formed.</param>
    /// <param name="layers">How many the model has.</param>
    /// <returns>Ascending, each once; null when the model has not so many.</returns>
    public static IReadOnlyList<int>? Of(string text, int layers)
    {
        var chosen = Ends().Match(text) is { Success: true } end ? OfEnd(end.Groups[1].Value == "last", Number(end.Groups[2].Value), layers)
            : text.Split(',').SelectMany(OfRange);
        int[] numbers = [.. chosen.Distinct().Order()];
        return numbers.Length > 0 && numbers[0] >= 0 && numbers[^1] < layers ? numbers : null;
    }

    private static IEnumerable<int> OfEnd(bool last, int count, int layers) => Enumerable.Range(last ? layers - count : 0, count);

    private static IEnumerable<int> OfRange(string part)
    {
        int[] ends = [.. part.Split('-').Select(Number)];
        return Enumerable.Range(ends[0], Math.Max(0, ends[^1] - ends[0] + 1));
    }

    private static int Number(string digits) => int.Parse(digits, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(first|last):(\d{1,4})$")]
    private static partial Regex Ends();

    [GeneratedRegex(@"^\d{1,4}(-\d{1,4})?(,\d{1,4}(-\d{1,4})?)*$")]
    private static partial Regex Numbers();
}
