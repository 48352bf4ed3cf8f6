using ServerlessTuning.Datasets.Checkpoints;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ServerlessTuning.Trainer.Models.Families;

/// <summary>What the heads of BERT's family call their parts, and their functions.</summary>
/// <param name="Act">Of the language head; null means the config's own.</param>
/// <param name="PooledAct">Behind the matrix that the first token goes through.</param>
internal sealed record EncoderHeads(
    string Dense, string Norm, string Decoder, string Bias, Func<Tensor, Tensor>? Act, string PooledDense, Func<Tensor, Tensor> PooledAct, string Classifier)
{
    public static readonly EncoderHeads Bert = new("cls.predictions.transform.dense", "cls.predictions.transform.LayerNorm", "cls.predictions.decoder", "cls.predictions.bias", null,
        "bert.pooler.dense", x => x.tanh(), "classifier");

    public static readonly EncoderHeads Roberta = new("lm_head.dense", "lm_head.layer_norm", "lm_head.decoder", "lm_head.bias", x => functional.gelu(x),
        "classifier.dense", x => x.tanh(), "classifier.out_proj");

    public static readonly EncoderHeads DistilBert = new("vocab_transform", "vocab_layer_norm", "vocab_projector", "vocab_projector.bias", null,
        "pre_classifier", x => functional.relu(x), "classifier");

    /// <summary>The head of a task, as transformers' modeling files build it; dropout is left to training.</summary>
    public Head Of(ModelConfig config, WeightSource weights, TokenEmbedding words) => config.Task switch
    {
        ModelTask.MaskedLanguage => Masked(config, weights, words),
        ModelTask.TokenClassification => ClassifierHead.OfTokens(config, weights, "classifier"),
        _ => Pooled(config, weights),
    };

    private ClassifierHead Pooled(ModelConfig config, WeightSource weights)
    {
        var dense = weights.Linear(PooledDense, config.HiddenSize, config.HiddenSize, bias: true);
        return new((hidden, input) => PooledAct(dense.Forward(ClassifierHead.First(hidden, input))), weights.Linear(Classifier, config.Labels!.Count, config.HiddenSize, bias: true));
    }

    /// <summary>W·norm(act(dense(h))) + b, where W is the embedding when tied.</summary>
    private LanguageHead Masked(ModelConfig config, WeightSource weights, TokenEmbedding words)
    {
        var act = Act ?? Activations.Of(config);
        var dense = weights.Linear(Dense, config.HiddenSize, config.HiddenSize, bias: true);
        var norm = weights.LayerNorm(Norm, config.HiddenSize, config.NormEps);
        var matrix = config.TieWordEmbeddings ? words.Weight : weights.Take($"{Decoder}.weight", Fresh.Normal, config.VocabSize, config.HiddenSize);
        return new(matrix, weights.Compute, weights.Take(Bias, Fresh.Zeros, config.VocabSize), ready: hidden => norm.Forward(act(dense.Forward(hidden)), weights.Compute));
    }
}
