namespace ServerlessTuning.Datasets.Tokenization;

/// <summary>A tokenizer file that cannot be used: which part, what was found, what was expected, what to do.</summary>
public sealed class TokenizerException(string file, string part, string found, string expected, string fix)
    : Exception($"{file}, {part}: found {found}, expected {expected}. {fix}")
{
    public string File { get; } = file;

    /// <summary>For example <c>pre_tokenizer.type</c>.</summary>
    public string Part { get; } = part;
}
