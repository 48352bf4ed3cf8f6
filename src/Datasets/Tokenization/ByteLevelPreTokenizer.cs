using Microsoft.ML.Tokenizers;

namespace ServerlessTuning.Datasets.Tokenization;

/// <summary>A chain of splits, each cutting what the one before left; the last link is ByteLevel, which may cut by GPT-2's pattern.</summary>
internal sealed class ByteLevelPreTokenizer(IReadOnlyList<Split> splits, bool addPrefixSpace) : PreTokenizer
{
    /// <summary>A text that does not begin with a space gets one.</summary>
    public bool AddPrefixSpace { get; } = addPrefixSpace;

    public static ByteLevelPreTokenizer Read(JsonPart preTokenizer)
    {
        var chain = Flatten(preTokenizer).ToList();
        var splits = new List<Split>();
        foreach (var link in chain.SkipLast(1))
        {
            splits.Add(Split.Read(link));
        }
        var last = chain[^1];
        if (last["type"].String != "ByteLevel")
        {
            throw last["type"].Unsupported("'ByteLevel', or a 'Sequence' that ends with it");
        }
        if (last.Flag("use_regex", otherwise: true))
        {
            splits.Add(Split.Gpt2);
        }
        var addPrefixSpace = last.Flag("add_prefix_space", otherwise: true);
        return addPrefixSpace && chain.Count > 1 ? throw last["add_prefix_space"].Unsupported("false after other pre-tokenizers") : new(splits, addPrefixSpace);
    }

    public override IEnumerable<(int Offset, int Length)> PreTokenize(string text) => PreTokenize(text.AsSpan());

    public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text)
    {
        List<(int Offset, int Length)> pieces = [(0, text.Length)];
        foreach (var split in splits)
        {
            var finer = new List<(int Offset, int Length)>(text.Length / 4 + 1);
            foreach (var (offset, length) in pieces)
            {
                split.Cut(text.Slice(offset, length), offset, finer);
            }
            pieces = finer;
        }
        return pieces;
    }

    private static IEnumerable<JsonPart> Flatten(JsonPart preTokenizer) => preTokenizer["type"].String == "Sequence"
        ? preTokenizer["pretokenizers"].Items.SelectMany(Flatten).DefaultIfEmpty(preTokenizer)
        : [preTokenizer];
}
