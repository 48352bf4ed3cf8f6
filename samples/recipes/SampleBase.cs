using System.Text.Json;
using ServerlessTuning.Datasets.Tokenization;

namespace ServerlessTuning.Recipes;

/// <summary>Everything of the sample base's folder but the weights.</summary>
public static class SampleBase
{
    private const int VocabularySize = 4096;
    private static readonly string[] s_specialTokens = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"];

    /// <summary>Trains the vocabulary on the corpus's plain documents and writes tokenizer.json.</summary>
    public static void WriteTokenizer(string corpus, string folder)
    {
        var trainer = new BpeTrainer();
        foreach (var line in File.ReadLines(Path.Combine(corpus, "train.jsonl")))
        {
            var text = JsonDocument.Parse(line).RootElement.GetProperty("text").GetString()!;
            if (!text.StartsWith(s_specialTokens[1], StringComparison.Ordinal))
            {
                trainer.Add(text);
            }
        }
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), trainer.Train(VocabularySize, s_specialTokens));
    }
}
