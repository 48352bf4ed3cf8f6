namespace ServerlessTuning.Datasets.Tokenization;

/// <summary>One word, as the pre-tokenizer cut it, to ids.</summary>
internal interface IWordModel
{
    void Encode(string word, List<int> ids);
}
