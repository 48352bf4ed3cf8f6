using ServerlessTuning.Datasets.Checkpoints;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Models;

/// <summary>A folder in Hugging Face layout: config.json beside *.safetensors.</summary>
public static class ModelFolder
{
    /// <summary>Loads the model of a folder.</summary>
    /// <param name="compute">float32 or bfloat16 products.</param>
    /// <param name="trains">True for full fine-tuning: float32 master weights with gradients. False: frozen.</param>
    /// <exception cref="BaseModelException">The folder holds no model that can be loaded.</exception>
    public static Llama Load(string folder, ScalarType compute, bool trains, Device device)
    {
        var config = ReadConfig(folder);
        using var scope = NewDisposeScope();
        using var weights = new MappedWeights(folder, compute, trains, device);
        var model = new Llama(config, weights);
        RefuseUnused(folder, model, config, weights.Names);
        return model;
    }

    /// <summary>A model of a folder's config.json with random weights.</summary>
    public static Llama Create(string folder, int seed, ScalarType compute, Device device)
    {
        using var scope = NewDisposeScope();
        var config = ReadConfig(folder);
        return new Llama(config, new RandomWeights(config, seed, compute, device));
    }

    public static ModelConfig ReadConfig(string folder)
    {
        var path = Path.Combine(folder, "config.json");
        return File.Exists(path) ? ModelConfig.Parse(File.ReadAllText(path)) : throw BaseModelException.NotAModel(folder, "config.json");
    }

    /// <summary>A tensor that nothing reads means that config.json tells of another model; what old writers stored needlessly is let pass.</summary>
    private static void RefuseUnused(string folder, Llama model, ModelConfig config, IEnumerable<string> names)
    {
        var known = model.named_parameters().Select(item => item.name).ToHashSet(StringComparer.Ordinal);
        var unused = names.FirstOrDefault(name => !known.Contains(name) && !name.EndsWith("rotary_emb.inv_freq", StringComparison.Ordinal)
            && !(name == "lm_head.weight" && config.TieWordEmbeddings));
        if (unused is not null)
        {
            throw BaseModelException.Unused(folder, unused);
        }
    }
}
