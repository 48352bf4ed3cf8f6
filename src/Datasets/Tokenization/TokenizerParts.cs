namespace ServerlessTuning.Datasets.Tokenization;

/// <summary>What a tokenizer.json says, ready to run.</summary>
internal sealed record TokenizerParts(
    IReadOnlyDictionary<string, int> Vocabulary,
    IReadOnlyList<AddedToken> AddedTokens,
    INormalizer? Normalizer,
    ITokenModel Model,
    SpecialTokensTemplate Template,
    TokenSpelling Spelling);
