namespace ServerlessTuning.Recipes;

/// <summary>The books on which the sample's tuning is judged: no model of ours has seen them, in either translation, before it is asked.</summary>
public static class HeldOutBooks
{
    private static readonly string[] s_judging = ["Jonah", "Malachi", "James", "II Peter"];

    /// <summary>
    /// In no part of the samples: a genealogy of Ruth stands in 1 Chronicles 2 too, and words of Ecclesiastes 12 in 1 John 5, over the borders of verses, so neither can judge.
    /// </summary>
    private static readonly string[] s_unused = ["Ruth", "Ecclesiastes"];

    /// <summary>Whether the verse's book judges.</summary>
    public static bool Contains(Verse verse) => s_judging.Contains(verse.Title);

    /// <summary>Whether nothing may be trained on the verse: its book judges, or is not used at all.</summary>
    public static bool KeepsOut(Verse verse) => Contains(verse) || s_unused.Contains(verse.Title);

    /// <summary>The judging books' chapters, each as one text, so that a run of words across verses is found too.</summary>
    public static IEnumerable<string> Chapters(IEnumerable<Verse> bible) =>
        bible.Where(Contains).GroupBy(verse => (verse.Book, verse.Chapter), (_, verses) => string.Join(' ', verses.Select(verse => verse.Text)));
}
