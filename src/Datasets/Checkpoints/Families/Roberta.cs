namespace ServerlessTuning.Datasets.Checkpoints.Families;

/// <summary>BERT whose positions count from pad_token_id + 1, with heads of its own. Source: Liu et al. 2019, arXiv:1907.11692; transformers, configuration_roberta.py.</summary>
internal sealed class Roberta : IModelFamily
{
    public string ModelType => "roberta";

    public IReadOnlyList<string> Architectures => ["RobertaForMaskedLM", "RobertaForSequenceClassification", "RobertaForTokenClassification"];

    public ModelConfig Parse(ConfigFields config) => Bert.Encoder(this, config, vocab: 50265, firstPosition: pad => pad + 1);
}
