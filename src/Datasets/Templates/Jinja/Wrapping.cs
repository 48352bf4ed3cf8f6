namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>The filter wordwrap: Python's textwrap for text whose words are kept, line by line.</summary>
internal static class Wrapping
{
    public static string Wrap(string text, CallArguments arguments)
    {
        var width = arguments.Integer(0, "width", 79);
        if (width <= 0)
        {
            throw new PythonError($"a width of {width} is too small.");
        }

        var (breakLong, separator, hyphens) = (Python.IsTrue(arguments.Get(1, "break_long_words", true)), arguments.Get(2, "wrapstring") as string ?? "\n",
            Python.IsTrue(arguments.Get(3, "break_on_hyphens", true)));
        Meter.Make(text.Length * (1L + separator.Length));
        return string.Join(separator, Splitting.Lines(text, keepEnds: false).Select(line => string.Join(separator, Lines(Chunks((string)line!, hyphens), width, breakLong))));
    }

    // Words and the white space between them; a word may also be cut after its hyphens.
    private static LinkedList<string> Chunks(string line, bool hyphens)
    {
        var chunks = new LinkedList<string>();
        for (var start = 0; start < line.Length;)
        {
            var space = PythonText.IsSpace(line[start]);
            var end = start + 1;
            while (end < line.Length && PythonText.IsSpace(line[end]) == space && !(hyphens && EndsPart(line, start, end)))
            {
                end++;
            }

            chunks.AddLast(line[start..end]);
            start = end;
        }

        return chunks;
    }

    // After a hyphen that stands between two letters each side: "well-known" but not "-x".
    private static bool EndsPart(string line, int start, int end) => line[end - 1] == '-' && end - 2 > start && char.IsLetter(line[end - 2])
        && end + 1 < line.Length && char.IsLetter(line[end]) && char.IsLetter(line[end + 1]);

    private static IEnumerable<string> Lines(LinkedList<string> chunks, long width, bool breakLong)
    {
        var first = true;
        while (chunks.Count > 0)
        {
            var (line, length) = (new List<string>(), 0L);
            if (!first && string.IsNullOrWhiteSpace(chunks.First!.Value))
            {
                chunks.RemoveFirst();
            }

            while (chunks.First is { Value: var chunk } && length + chunk.Length <= width)
            {
                chunks.RemoveFirst();
                line.Add(chunk);
                length += chunk.Length;
            }

            if (chunks.First is { Value: var next } && next.Length > width)
            {
                var cut = breakLong ? (int)(width - length) : line.Count == 0 ? next.Length : 0;
                line.Add(next[..cut]);
                chunks.First.Value = next[cut..];
                if (cut == next.Length)
                {
                    chunks.RemoveFirst();
                }
            }

            if (line.Count > 0 && string.IsNullOrWhiteSpace(line[^1]))
            {
                line.RemoveAt(line.Count - 1);
            }

            if (line.Count > 0)
            {
                first = false;
                yield return string.Concat(line);
            }
        }
    }
}
