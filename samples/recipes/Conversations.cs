using System.Text.RegularExpressions;

namespace ServerlessTuning.Recipes;

/// <summary>
/// Conversations in ChatML made of the corpus's own sentences, so that the base knows turns before anyone tunes it: it says a sentence again,
/// restores the capitals and stops of one, or tells what a word means.
/// </summary>
public static partial class Conversations
{
    public static IEnumerable<CorpusDocument> Of(Sources sources, Func<string, bool> allowed, IReadOnlyList<CorpusDocument> plain)
    {
        var heldBack = plain.Where(document => document.Split != CorpusSplit.Train).SelectMany(document => Sentences(document.Text)).ToHashSet();
        var sentences =
            from text in sources.WorldEnglish.Where(verse => !HeldOutBooks.KeepsOut(verse)).Select(verse => verse.Text)
                .Concat(sources.Austen.SelectMany(novel => Paragraphs.Of(novel).SelectMany(Sentences)))
            where text.Length is >= 30 and <= 200 && allowed(text) && !heldBack.Contains(text)
            select text;
        foreach (var sentence in sentences.Distinct())
        {
            switch (StableHash.Of("conversation " + sentence) % 10)
            {
                case 0 or 1:
                    yield return Turns(sentence, sentence);
                    break;
                case 2:
                    yield return Turns(WithoutCapitalsAndStops(sentence), sentence);
                    break;
            }
        }
        foreach (var gloss in sources.WordNet.Where(gloss => StableHash.Of(gloss.Meaning) % 24 == 0 && allowed(gloss.Meaning)))
        {
            yield return Turns($"What does \"{gloss.Word}\" mean?", gloss.Meaning);
        }
    }

    private static CorpusDocument Turns(string user, string assistant) =>
        new($"<|im_start|>user\n{user}<|im_end|>\n<|im_start|>assistant\n{assistant}<|im_end|>\n", CorpusSplit.Train);

    private static IEnumerable<string> Sentences(string text) => SentenceEnd().Split(text).Select(sentence => sentence.Trim());

    private static string WithoutCapitalsAndStops(string sentence) => Stops().Replace(sentence.ToLowerInvariant(), "");

    [GeneratedRegex(@"(?<=[.!?][""']?)\s+(?=[""A-Z])")]
    private static partial Regex SentenceEnd();

    [GeneratedRegex(@"[.,;:!?""]")]
    private static partial Regex Stops();
}
