using System.Globalization;
using System.Text;

namespace ServerlessTuning.Datasets.Tokenization;

/// <summary>
/// Unicode normalization form C (Unicode Standard Annex 15). .NET leaves normalization to ICU, and with InvariantGlobalization <c>string.Normalize</c> returns its
/// argument unchanged; so the tables come along, in CanonicalForms.txt.
/// </summary>
internal static class CanonicalForms
{
    // Hangul syllables are composed by arithmetic: the Unicode Standard, section 3.12.
    private const int S = 0xAC00, L = 0x1100, V = 0x1161, T = 0x11A7, LCount = 19, VCount = 21, TCount = 28;

    private static readonly Dictionary<int, int> s_classes = [];
    private static readonly Dictionary<int, int[]> s_decompositions = [];
    private static readonly Dictionary<(int, int), int> s_compositions = [];

    static CanonicalForms()
    {
        using var reader = new StreamReader(typeof(CanonicalForms).Assembly.GetManifestResourceStream("CanonicalForms.txt")!);
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#'))
            {
                continue;
            }
            if (line.IndexOfAny(['=', ':']) is >= 0 and var sign)
            {
                AddDecomposition(Hex(line.AsSpan(0, sign)), [.. line[(sign + 1)..].Split(' ').Select(part => Hex(part))], composes: line[sign] == '=');
            }
            else
            {
                AddClass(line.Split(' '));
            }
        }
    }

    /// <summary>Form D: taken apart, marks in their order.</summary>
    public static string Decompose(string text)
    {
        var points = new List<int>(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            Decompose(rune.Value, points);
        }

        Reorder(points);
        return Text(points);
    }

    public static string Compose(string text)
    {
        var points = new List<int>(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            Decompose(rune.Value, points);
        }
        Reorder(points);
        return Text(Recompose(points));
    }

    private static string Text(List<int> points)
    {
        var text = new StringBuilder(points.Count);
        foreach (var point in points)
        {
            text.Append(new Rune(point));
        }

        return text.ToString();
    }

    private static void Decompose(int point, List<int> points)
    {
        if (point is >= S and < S + LCount * VCount * TCount)
        {
            var index = point - S;
            points.AddRange([L + index / (VCount * TCount), V + index % (VCount * TCount) / TCount]);
            if (index % TCount > 0)
            {
                points.Add(T + index % TCount);
            }
        }
        else if (s_decompositions.TryGetValue(point, out var parts))
        {
            foreach (var part in parts)
            {
                Decompose(part, points);
            }
        }
        else
        {
            points.Add(point);
        }
    }

    // Marks after a starter are put in the order of their classes; equal ones keep theirs.
    private static void Reorder(List<int> points)
    {
        for (var start = 0; start < points.Count;)
        {
            var end = start;
            while (end < points.Count && ClassOf(points[end]) != 0)
            {
                end++;
            }
            if (end - start > 1)
            {
                var ordered = points.GetRange(start, end - start).OrderBy(ClassOf).ToArray();
                ordered.CopyTo(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(points)[start..end]);
            }
            start = end + 1;
        }
    }

    private static List<int> Recompose(List<int> points)
    {
        var composed = new List<int>(points.Count);
        var starter = -1;                               // place of the last starter in composed
        var lastClass = -1;                             // of what was kept after it; -1: nothing was
        foreach (var point in points)
        {
            var ownClass = ClassOf(point);
            if (starter >= 0 && lastClass < ownClass && Composition(composed[starter], point) is { } both)
            {
                composed[starter] = both;
                continue;
            }
            if (ownClass == 0)
            {
                (starter, lastClass) = (composed.Count, -1);
            }
            else
            {
                lastClass = ownClass;
            }
            composed.Add(point);
        }
        return composed;
    }

    private static int? Composition(int first, int second) =>
        first is >= L and < L + LCount && second is >= V and < V + VCount ? S + ((first - L) * VCount + second - V) * TCount
        : first is >= S and < S + LCount * VCount * TCount && (first - S) % TCount == 0 && second is > T and < T + TCount ? first + second - T
        : s_compositions.TryGetValue((first, second), out var both) ? both : null;

    private static int ClassOf(int point) => s_classes.GetValueOrDefault(point);

    private static void AddClass(string[] line)
    {
        foreach (var range in line[1..])
        {
            var ends = range.Split('-');
            for (var point = Hex(ends[0]); point <= Hex(ends[^1]); point++)
            {
                s_classes[point] = int.Parse(line[0], CultureInfo.InvariantCulture);
            }
        }
    }

    private static void AddDecomposition(int point, int[] parts, bool composes)
    {
        s_decompositions[point] = parts;
        if (composes)
        {
            s_compositions[(parts[0], parts[1])] = point;
        }
    }

    private static int Hex(ReadOnlySpan<char> digits) => int.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
