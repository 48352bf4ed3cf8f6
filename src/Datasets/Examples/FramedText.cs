using ServerlessTuning.Datasets.Tokenization;

namespace ServerlessTuning.Datasets.Examples;

/// <summary>A text between the tokens that a model was trained to see around one, such as <c>[CLS]</c> and <c>[SEP]</c>.</summary>
internal sealed class FramedText
{
    private readonly ModelTokenizer tokenizer;
    private readonly int[] before, after;

    public FramedText(ModelTokenizer tokenizer)
    {
        this.tokenizer = tokenizer;
        var (bare, framed) = (tokenizer.Encode("a"), tokenizer.EncodeWithSpecialTokens("a"));
        var at = Enumerable.Range(0, framed.Count - bare.Count + 1).First(start => framed.Slice(start, bare.Count).SequenceEqual(bare));
        (before, after) = ([.. framed[..at]], [.. framed[(at + bare.Count)..]]);
    }

    /// <summary>Tokens in front of a text.</summary>
    public int Before => before.Length;

    /// <summary>Tokens behind it.</summary>
    public int After => after.Length;

    public void Write(string text, TokenSequence into, bool isLearned)
    {
        into.Clear();
        WriteBefore(into);
        foreach (var id in tokenizer.Encode(text))
        {
            into.AddLabeled(id, isLearned ? id : TokenSequence.NoLoss);
        }

        WriteAfter(into);
    }

    public void WriteBefore(TokenSequence into) => Write(before, into);

    public void WriteAfter(TokenSequence into) => Write(after, into);

    private static void Write(int[] ids, TokenSequence into)
    {
        foreach (var id in ids)
        {
            into.AddLabeled(id, TokenSequence.NoLoss);
        }
    }
}
