using ServerlessTuning.Datasets.Checkpoints;
using ServerlessTuning.Trainer.Models.Families;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Models;

/// <summary>A folder in Hugging Face layout: config.json beside *.safetensors.</summary>
public static class ModelFolder
{
    /// <summary>The families whose forward pass is not <see cref="Decoder"/>'s. A new one is a file in Families/ and a line here.</summary>
    private static readonly Dictionary<string, Family> Special = new(StringComparer.Ordinal)
    {
        ["gpt2"] = new(Gpt2.Model, (key, _) => Gpt2.KeyOf(key)),
        ["bert"] = new(Bert.Model, Bert.KeyOf),
        ["roberta"] = new(Bert.Model, Bert.KeyOf),
        ["distilbert"] = new(Bert.Model, Bert.KeyOf),
        ["t5"] = new(T5.Model, (key, _) => T5.KeyOf(key)),
    };

    private static readonly Family Rotary = new(Decoder.Model, (key, _) => key.EndsWith("rotary_emb.inv_freq", StringComparison.Ordinal) ? null : key);

    /// <param name="Make">Builds the model.</param>
    /// <param name="KeyOf">The name of today for a name in a file; null for what is not a weight of the model.</param>
    private sealed record Family(Func<ModelConfig, WeightSource, PretrainedModel> Make, Func<string, ModelConfig, string?> KeyOf);

    /// <summary>Loads a decoder or an encoder.</summary>
    /// <param name="compute">float32 or bfloat16 products.</param>
    /// <param name="trains">What is kept as float32 master weights with gradients: true for full fine-tuning, false for none.</param>
    /// <param name="quantizes">The frozen matrices of the blocks are kept in four bits.</param>
    /// <param name="head">Another head than the folder's own.</param>
    /// <exception cref="BaseModelException">The folder holds no model that can be loaded.</exception>
    public static TextModel Load(string folder, ScalarType compute, Trains trains, Device device, bool quantizes = false, NewHead? head = null) =>
        LoadAny(folder, compute, trains, device, quantizes, head) as TextModel ?? throw OfOneStack(ReadConfig(folder));

    /// <summary>Loads whatever model the folder holds.</summary>
    /// <param name="quantizes">The frozen matrices of the blocks are kept in four bits.</param>
    /// <param name="head">Another head than the folder's own.</param>
    /// <exception cref="BaseModelException">The folder holds no model that can be loaded.</exception>
    public static PretrainedModel LoadAny(string folder, ScalarType compute, Trains trains, Device device, bool quantizes = false, NewHead? head = null)
    {
        using var scope = NewDisposeScope();
        using var weights = OpenWeights(folder, compute, trains, device, quantizes, head);
        var config = head?.Config ?? ReadConfig(folder);
        var model = FamilyOf(config).Make(config, weights);
        RefuseUnused(folder, model, head is null ? weights.Names : weights.Names.Where(name => !NewHead.Owns(name)));
        return model;
    }

    /// <summary>A model of a folder's config.json with random weights.</summary>
    public static PretrainedModel Create(string folder, int seed, ScalarType compute, Device device, NewHead? head = null)
    {
        using var scope = NewDisposeScope();
        var config = head?.Config ?? ReadConfig(folder);
        return FamilyOf(config).Make(config, new RandomWeights(config, seed, compute, device));
    }

    /// <summary>A folder's weights by the names that its family has today.</summary>
    public static MappedWeights OpenWeights(string folder, ScalarType compute, Trains trains, Device device, bool quantizes = false, NewHead? head = null)
    {
        var config = head?.Config ?? ReadConfig(folder);
        return new(folder, compute, trains, device, keyOf: key => FamilyOf(config).KeyOf(key, config) is var known && IsStoredTwice(known, config) ? null : known) { Quantizes = quantizes, Head = head };
    }

    public static ModelConfig ReadConfig(string folder) => ModelConfig.Parse(ReadConfigText(folder));

    public static string ReadConfigText(string folder)
    {
        var path = Path.Combine(folder, "config.json");
        return File.Exists(path) ? File.ReadAllText(path) : throw BaseModelException.NotAModel(folder, "config.json");
    }

    private static Family FamilyOf(ModelConfig config) => Special.GetValueOrDefault(config.ModelType, Rotary);

    /// <summary>What writers stored a second time: the head that is the embedding, the bias that stands beside its matrix too.</summary>
    private static bool IsStoredTwice(string? key, ModelConfig config) => key is "cls.predictions.decoder.bias" or "lm_head.decoder.bias"
        || (config.TieWordEmbeddings && key is "lm_head.weight" or "cls.predictions.decoder.weight" or "lm_head.decoder.weight" or "vocab_projector.weight");

    /// <summary>A tensor that nothing reads means that config.json tells of another model.</summary>
    private static void RefuseUnused(string folder, PretrainedModel model, IEnumerable<string> names)
    {
        var known = model.TensorNames.ToHashSet(StringComparer.Ordinal);
        if (names.FirstOrDefault(name => !known.Contains(name)) is { } unused)
        {
            throw BaseModelException.Unused(folder, unused);
        }
    }

    private static ModelConfigException OfOneStack(ModelConfig config) =>
        new("architectures", $"'{config.Architecture}'", "a decoder or an encoder for this task; an encoder-decoder takes pairs of texts");
}
