using System.Text;

namespace ServerlessTuning.Recipes;

/// <summary>
/// The pretraining text of the sample base: modern English from public-domain and freely licensed sources, as documents of a few hundred tokens.
/// It holds no King James text, and nothing that shares eight words in a row with a held-out book in either translation.
/// </summary>
public static class Corpus
{
    /// <summary>Longest document, characters: about 400 tokens, so that every document fits the context of 512.</summary>
    private const int DocumentLength = 1400;

    /// <summary>Plain documents first, then the conversations made of the same sentences.</summary>
    public static IEnumerable<CorpusDocument> Documents(Sources sources)
    {
        var allowed = Allowed(sources);
        var plain = Plain(sources, allowed).ToList();
        return plain.Concat(Conversations.Of(sources, allowed, plain));
    }

    private static IEnumerable<CorpusDocument> Plain(Sources sources, Func<string, bool> allowed)
    {
        var bible =
            from verse in sources.WorldEnglish
            where !HeldOutBooks.KeepsOut(verse) && allowed(verse.Text)
            group verse.Text by (verse.Title, verse.Chapter) into chapter
            from document in Pieces(chapter, " ")
            select document;
        var austen =
            from novel in sources.Austen
            from document in Pieces(Paragraphs.Of(novel).Where(allowed), "\n\n")
            select document;
        var glosses = Pieces(
            from gloss in sources.WordNet
            where StableHash.Of(gloss.Meaning) % 3 == 0                                                   // glosses must not drown the prose
            let line = $"{gloss.Word}: {gloss.Meaning}"
            where allowed(line)
            select line, "\n");
        var devil = Pieces(sources.Devil.Where(allowed), "\n\n");
        return bible.Concat(austen).Concat(devil).Concat(glosses).Select(text => new CorpusDocument(text, SplitOf(text)));
    }

    /// <summary>Whether a text may be trained on: not King James, not from a held-out book, not quoting one.</summary>
    public static Func<string, bool> Allowed(Sources sources)
    {
        var held = new EightWordRuns(sources.KingJames.Concat(sources.WorldEnglish).Where(HeldOutBooks.KeepsOut).Select(verse => verse.Text));
        var kingJames = sources.KingJames.Select(verse => verse.Text).ToHashSet();
        return text => !kingJames.Contains(text) && !held.SharesOneWith(text);
    }

    private static CorpusSplit SplitOf(string text) => (StableHash.Of(text) % 64) switch
    {
        0 => CorpusSplit.Validation,
        1 => CorpusSplit.Test,
        _ => CorpusSplit.Train,
    };

    private static IEnumerable<string> Pieces(IEnumerable<string> paragraphs, string separator)
    {
        var document = new StringBuilder();
        foreach (var paragraph in paragraphs.SelectMany(SplitLong))
        {
            if (document.Length > 0 && document.Length + separator.Length + paragraph.Length > DocumentLength)
            {
                yield return document.ToString();
                document.Clear();
            }
            document.Append(document.Length > 0 ? separator : "").Append(paragraph);
        }
        if (document.Length > 0)
        {
            yield return document.ToString();
        }
    }

    private static IEnumerable<string> SplitLong(string paragraph)
    {
        while (paragraph.Length > DocumentLength)
        {
            var end = paragraph.LastIndexOf(". ", DocumentLength, StringComparison.Ordinal) is > 0 and var stop ? stop + 1 : paragraph.LastIndexOf(' ', DocumentLength);
            yield return paragraph[..end];
            paragraph = paragraph[(end + 1)..];
        }
        yield return paragraph;
    }
}

public sealed record CorpusDocument(string Text, CorpusSplit Split);

public enum CorpusSplit
{
    Train,
    Validation,
    Test,
}
