namespace ServerlessTuning.Trainer.Models;

/// <summary>A base model that cannot be loaded. The request is at fault: no retry helps.</summary>
public sealed class BaseModelException : Exception
{
    private BaseModelException(string folder, string found, string expected, string fix)
        : base($"{Path.GetFileName(folder.TrimEnd('/'))}: found {found}, expected {expected}. {fix}")
    {
    }

    public static BaseModelException NotAModel(string folder, string missing) => new(folder, $"no {missing}", "a model in Hugging Face layout: config.json, *.safetensors, tokenizer.json",
        "Upload the model's files to models/{name}/base/.");

    public static BaseModelException NoWeights(string folder) => Directory.EnumerateFiles(folder).Any(file => Path.GetExtension(file) is ".bin" or ".pt" or ".pth" or ".ckpt")
        ? new(folder, "weights as a pickle file only (.bin, .pt)", "*.safetensors", "A pickle can run code when it is read, so it is never opened; convert it with transformers' save_pretrained(safe_serialization=True).")
        : new(folder, "no weights", "*.safetensors", "Upload them, or ask for task 'pretraining' to start from random weights.");

    public static BaseModelException Missing(string folder, string name, IEnumerable<string> there) => new(folder, $"no tensor {name}",
        $"every tensor that config.json implies (there are {string.Join(", ", there.Order(StringComparer.Ordinal).Take(4))}, ...)", "config.json and the weights belong to different models, or a shard is missing.");

    public static BaseModelException Shape(string folder, string name, long[] found, long[] expected) => new(folder, $"tensor {name} of shape [{string.Join(", ", found)}]",
        $"[{string.Join(", ", expected)}] as config.json says", "config.json and the weights belong to different models.");

    public static BaseModelException NotFinite(string folder, string name) => new(folder, $"NaN or infinity in tensor {name}", "finite numbers only",
        "Whatever wrote the weights had diverged, or float16 was too narrow for them; take an earlier checkpoint, or export in bfloat16 or float32.");

    public static BaseModelException NotAnAdapter(string folder) => new(folder, "no adapter_config.json", "an adapter as PEFT writes it: adapter_config.json, adapter_model.safetensors",
        "Name the folder of the adapter, not that of a merged model.");

    public static BaseModelException TokenizerTooLarge(string folder, int ids, int rows) => new(folder, $"a tokenizer of {ids} ids beside an embedding of {rows} rows",
        "a row for every id", "Take the tokenizer that was published with these weights, or weights that were resized for it.");

    public static BaseModelException Unused(string folder, string name) => new(folder, $"tensor {name}, which the architecture does not have",
        "only tensors of the architecture that config.json names", "config.json and the weights belong to different models.");
}
