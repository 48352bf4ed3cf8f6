namespace ServerlessTuning.Recipes;

/// <summary>The books on which the sample's tuning is judged: no model of ours has seen them, in either translation, before it is asked.</summary>
public static class HeldOutBooks
{
    private static readonly string[] s_titles = ["Ruth", "Ecclesiastes", "Jonah", "Malachi", "James", "II Peter"];

    public static bool Contains(Verse verse) => s_titles.Contains(verse.Title);

    /// <summary>Their verses in both translations.</summary>
    public static IEnumerable<string> Texts(IEnumerable<Verse> kingJames, IEnumerable<Verse> worldEnglish) =>
        kingJames.Concat(worldEnglish).Where(Contains).Select(verse => verse.Text);
}
