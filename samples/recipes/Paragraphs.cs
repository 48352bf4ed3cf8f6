namespace ServerlessTuning.Recipes;

/// <summary>Printed lines joined to paragraphs at blank lines.</summary>
public static class Paragraphs
{
    public static IReadOnlyList<string> Of(IEnumerable<string> lines)
    {
        var paragraphs = new List<string>();
        var current = new List<string>();
        foreach (var line in lines.Append(""))
        {
            if (line.Trim() is { Length: > 0 } words)
            {
                current.Add(words);
            }
            else if (current.Count > 0)
            {
                paragraphs.Add(string.Join(' ', current).Replace("_", "").Replace("  ", " "));
                current.Clear();
            }
        }
        return paragraphs;
    }
}
