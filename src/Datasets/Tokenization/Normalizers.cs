namespace ServerlessTuning.Datasets.Tokenization;

/// <summary>Reads the normalizer of a tokenizer.json.</summary>
internal static class Normalizers
{
    public static INormalizer? Read(JsonPart? part) => part?["type"].String switch
    {
        null => null,
        "NFC" => new NfcNormalizer(),
        "Sequence" => Sequence(part),
        _ => throw part["type"].Unsupported("'NFC' or null"),
    };

    private static INormalizer? Sequence(JsonPart part)
    {
        INormalizer[] steps = [.. part["normalizers"].Items.Select(Read).OfType<INormalizer>()];
        return steps.Length switch
        {
            0 => null,
            1 => steps[0],
            _ => new Steps(steps),
        };
    }

    private sealed class Steps(INormalizer[] steps) : INormalizer
    {
        public string Normalize(string text) => steps.Aggregate(text, (before, step) => step.Normalize(before));
    }
}
