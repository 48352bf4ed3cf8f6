using System.IO.Compression;

namespace ServerlessTuning.Recipes;

/// <summary>Ambrose Bierce's dictionary from Debian's package dict-devil: its prose, one string a paragraph. The verse is left out: it imitates the King James style.</summary>
public static class DevilsDictionary
{
    public static IReadOnlyList<string> Read(string dictFile)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(dictFile), CompressionMode.Decompress));
        var lines = reader.ReadToEnd().Split('\n').SkipWhile(line => !line.Contains("PREFACE", StringComparison.Ordinal)).Skip(1);
        return Paragraphs.Of(lines.Select(line => line.StartsWith("    ", StringComparison.Ordinal) ? "" : line));
    }
}
