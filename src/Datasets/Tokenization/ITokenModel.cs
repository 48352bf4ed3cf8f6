namespace ServerlessTuning.Datasets.Tokenization;

/// <summary>Normalized text without added tokens to ids: pre-tokenizer and model together.</summary>
internal interface ITokenModel
{
    /// <param name="isFirst">The text begins where the whole text begins.</param>
    void Encode(string text, bool isFirst, List<int> ids);
}
