using ServerlessTuning.Trainer.Checkpoints;
using ServerlessTuning.Trainer.Training;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Export;

/// <summary>The tuned model as a folder in Hugging Face layout: <c>model.safetensors</c> beside the base's own config, tokenizer and licence files.</summary>
public static class MergedFolder
{
    private static readonly string[] weightFiles = ["*.safetensors", "*.index.json", "*.bin", "*.pt", "*.pth"];
    private static readonly string[] companions = ["*.json", "*.txt", "*.model", "*.jinja", "LICENSE*", "NOTICE*"];

    /// <param name="hasWeights">False for a base without weights, whose config.json then says which type to write.</param>
    public static void Write(Trainee tuned, string baseFolder, bool hasWeights, string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var file in Companions(baseFolder))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
        }

        if (tuned.Head is { } head)
        {
            File.WriteAllText(Path.Combine(folder, "config.json"), head.Json);
        }

        using var stream = File.Create(Path.Combine(folder, "model.safetensors"));
        MergedWeights.Write(stream, tuned, hasWeights ? baseFolder : null, StoredType(tuned.Model.Config.StoredType));
    }

    private static IEnumerable<string> Companions(string baseFolder)
    {
        var weights = weightFiles.SelectMany(pattern => Directory.EnumerateFiles(baseFolder, pattern)).ToHashSet(StringComparer.Ordinal);
        return companions.SelectMany(pattern => Directory.EnumerateFiles(baseFolder, pattern))
            .Where(file => !weights.Contains(file) && Path.GetFileName(file)[0] != '.').Distinct().Order(StringComparer.Ordinal);
    }

    private static ScalarType StoredType(string name) => name switch
    {
        "bfloat16" => ScalarType.BFloat16,
        "float16" => ScalarType.Float16,
        _ => ScalarType.Float32,
    };
}
