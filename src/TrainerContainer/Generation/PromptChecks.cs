using ServerlessTuning.Datasets.Checkpoints;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Generation;

/// <summary>What a model can be asked.</summary>
internal static class PromptChecks
{
    /// <summary>Tokens that a model can look back on.</summary>
    public static int Longest(ModelConfig config) =>
        config.Decoder?.Rope is { Type: "dynamic" } rope ? (int)(config.MaxPositionEmbeddings * rope.Factor) : config.MaxPositionEmbeddings;

    /// <summary>An answer ends where learned positions end; rotary ones go on, at the reader's risk.</summary>
    public static int Room(ModelConfig config, IReadOnlyList<IReadOnlyList<int>> prompts, int wanted) =>
        config.Task == ModelTask.CausalLanguage && config.Decoder is null ? Math.Min(wanted, config.MaxPositionEmbeddings - prompts.Max(prompt => prompt.Count) + 1) : wanted;

    /// <exception cref="GenerationException">Nothing can follow this prompt.</exception>
    public static void Require(int index, IReadOnlyList<int> prompt, ModelConfig config, int longest)
    {
        if (prompt.Count == 0)
        {
            throw new GenerationException($"prompt {index + 1}: found no token, expected at least one. A text that is empty may stand behind the model's BOS token.");
        }

        if (prompt.FirstOrDefault(id => id < 0 || id >= config.VocabSize, -1) is var unknown && prompt.Any(id => id < 0 || id >= config.VocabSize))
        {
            throw new GenerationException($"prompt {index + 1}: found token id {unknown}, expected ids from 0 to {config.VocabSize - 1}, vocab_size less one. The tokenizer belongs to another model.");
        }

        if (prompt.Count >= longest)
        {
            throw new GenerationException($"prompt {index + 1}: found {prompt.Count} tokens, expected fewer than the context of {longest}. Cut the prompt, or take a model with a longer context.");
        }
    }

    /// <returns>(N), int64.</returns>
    public static Tensor ToTensor(this IEnumerable<int> values, Device device) => tensor(values.Select(value => (long)value).ToArray(), dtype: ScalarType.Int64, device: device);
}
