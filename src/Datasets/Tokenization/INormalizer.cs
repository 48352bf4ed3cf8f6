namespace ServerlessTuning.Datasets.Tokenization;

/// <summary>Rewrites text before it is cut into tokens.</summary>
internal interface INormalizer
{
    string Normalize(string text);
}
