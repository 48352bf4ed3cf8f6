using ServerlessTuning.Datasets.Checkpoints;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ServerlessTuning.Trainer.Models.Families;

/// <summary>The heads of BERT's family, as transformers' modeling files build them; dropout is left to training.</summary>
internal static class EncoderHeads
{
    public static Head Bert(ModelConfig config, WeightSource weights, TokenEmbedding words)
    {
        if (config.Task == ModelTask.MaskedLanguage)
        {
            const string Name = "cls.predictions";
            return Masked(config, weights, words, $"{Name}.transform.dense", $"{Name}.transform.LayerNorm", $"{Name}.decoder", $"{Name}.bias", Activations.Of(config));
        }

        if (config.Task == ModelTask.TokenClassification)
        {
            return ClassifierHead.OfTokens(config, weights, "classifier");
        }

        var pooler = weights.Linear("bert.pooler.dense", config.HiddenSize, config.HiddenSize, bias: true);
        return new ClassifierHead((hidden, input) => pooler.Forward(ClassifierHead.First(hidden, input)).tanh(), Classifier(config, weights, "classifier"));
    }

    public static Head Roberta(ModelConfig config, WeightSource weights, TokenEmbedding words)
    {
        if (config.Task == ModelTask.MaskedLanguage)
        {
            return Masked(config, weights, words, "lm_head.dense", "lm_head.layer_norm", "lm_head.decoder", "lm_head.bias", x => functional.gelu(x));
        }

        if (config.Task == ModelTask.TokenClassification)
        {
            return ClassifierHead.OfTokens(config, weights, "classifier");
        }

        var dense = weights.Linear("classifier.dense", config.HiddenSize, config.HiddenSize, bias: true);
        return new ClassifierHead((hidden, input) => dense.Forward(ClassifierHead.First(hidden, input)).tanh(), Classifier(config, weights, "classifier.out_proj"));
    }

    public static Head DistilBert(ModelConfig config, WeightSource weights, TokenEmbedding words)
    {
        if (config.Task == ModelTask.MaskedLanguage)
        {
            return Masked(config, weights, words, "vocab_transform", "vocab_layer_norm", "vocab_projector", "vocab_projector.bias", Activations.Of(config));
        }

        if (config.Task == ModelTask.TokenClassification)
        {
            return ClassifierHead.OfTokens(config, weights, "classifier");
        }

        var dense = weights.Linear("pre_classifier", config.HiddenSize, config.HiddenSize, bias: true);
        return new ClassifierHead((hidden, input) => functional.relu(dense.Forward(ClassifierHead.First(hidden, input))), Classifier(config, weights, "classifier"));
    }

    private static Projection Classifier(ModelConfig config, WeightSource weights, string name) => weights.Linear(name, config.Labels!.Count, config.HiddenSize, bias: true);

    /// <summary>W·norm(act(dense(h))) + b, where W is the embedding when tied.</summary>
    private static LanguageHead Masked(
        ModelConfig config, WeightSource weights, TokenEmbedding words, string denseName, string normName, string decoder, string biasName, Func<Tensor, Tensor> act)
    {
        var dense = weights.Linear(denseName, config.HiddenSize, config.HiddenSize, bias: true);
        var norm = weights.LayerNorm(normName, config.HiddenSize, config.NormEps);
        var matrix = config.TieWordEmbeddings ? words.Weight : weights.Take($"{decoder}.weight", Fresh.Normal, config.VocabSize, config.HiddenSize);
        return new(matrix, weights.Compute, weights.Take(biasName, Fresh.Zeros, config.VocabSize), ready: hidden => norm.Forward(act(dense.Forward(hidden)), weights.Compute));
    }
}
