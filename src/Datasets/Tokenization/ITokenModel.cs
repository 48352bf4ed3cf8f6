namespace ServerlessTuning.Datasets.Tokenization;

/// <summary>Normalized text without added tokens to ids: pre-tokenizer and model together.</summary>
internal interface ITokenModel
{
    void Encode(string text, List<int> ids);
}
