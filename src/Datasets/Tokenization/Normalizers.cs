namespace ServerlessTuning.Datasets.Tokenization;

/// <summary>Reads the normalizer of a tokenizer.json.</summary>
internal static class Normalizers
{
    public static INormalizer? Read(JsonPart? part) => part?["type"].String switch
    {
        null => null,
        "NFC" => new NfcNormalizer(),
        "NFD" => new Simple(CanonicalForms.Decompose),
        "Lowercase" => new Lowercase(),
        "StripAccents" => new StripAccents(),
        "BertNormalizer" => BertNormalizer.Read(part),
        "Precompiled" => PrecompiledNormalizer.Read(part),
        "Prepend" => Prepend(part["prepend"].String),
        "Replace" => Replace(part),
        "Strip" => Strip(part.Flag("strip_left", otherwise: true), part.Flag("strip_right", otherwise: true)),
        "Sequence" => Sequence(part),
        _ => throw part["type"].Unsupported("'NFC', 'NFD', 'Lowercase', 'StripAccents', 'BertNormalizer', 'Precompiled', 'Prepend', 'Replace', 'Strip', a 'Sequence' of them or null"),
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

    private static Simple Prepend(string prefix) => new(text => text.Length == 0 ? text : prefix + text);

    private static Simple Strip(bool left, bool right) => new(text => (left, right) switch { (true, true) => text.Trim(), (true, false) => text.TrimStart(), (false, true) => text.TrimEnd(), _ => text });

    private static Simple Replace(JsonPart part)
    {
        var (pattern, content) = (part["pattern"], part["content"].String);
        if (pattern.Optional("String") is { } plain)
        {
            var sought = plain.String; // read now: the document is gone when the normalizer runs
            return sought.Length == 0 ? throw plain.Wrong("an empty text", "a text to look for") : new(text => text.Replace(sought, content, StringComparison.Ordinal));
        }

        var regex = Split.Parse(pattern["Regex"]);
        var literal = content.Replace("$", "$$", StringComparison.Ordinal);
        return new(text => regex.Replace(text, literal));
    }

    private sealed class Simple(Func<string, string> change) : INormalizer
    {
        public string Normalize(string text) => change(text);
    }

    private sealed class Steps(INormalizer[] steps) : INormalizer
    {
        public string Normalize(string text) => steps.Aggregate(text, (before, step) => step.Normalize(before));
    }
}
