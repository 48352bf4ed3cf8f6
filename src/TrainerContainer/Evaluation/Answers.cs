using ServerlessTuning.Trainer.Generation;
using ServerlessTuning.Trainer.Models;

namespace ServerlessTuning.Trainer.Evaluation;

/// <summary>A model's greedy answers to many prompts.</summary>
public static class Answers
{
    private const int PromptsAtOnce = 32;

    /// <param name="prompts">Rendered; encoded without special tokens added.</param>
    /// <param name="maxTokens">Longest answer.</param>
    /// <param name="advance">Told after each batch how many prompts are answered.</param>
    public static IReadOnlyList<string> Greedy(
        PretrainedModel model, ModelText text, IReadOnlyList<string> prompts, int maxTokens, Action<int>? advance = null, CancellationToken stop = default)
    {
        var answers = new string[prompts.Count];
        // Like lengths together: a batch costs what its longest costs.
        var encoded = prompts.Select((prompt, i) => (Index: i, Ids: Ids(model, text, prompt, maxTokens)))
            .OrderBy(item => item.Ids.Count).ToList();
        foreach (var (index, _) in encoded.Where(item => item.Ids.Count == 0))
        {
            answers[index] = "";
        }

        encoded.RemoveAll(item => item.Ids.Count == 0); // a prompt without a token has no answer
        var done = 0;
        foreach (var batch in encoded.Chunk(PromptsAtOnce))
        {
            stop.ThrowIfCancellationRequested();
            var generated = Continuation.Greedy(model, [.. batch.Select(item => item.Ids)], maxTokens, text.StopIds, stop);
            foreach (var (item, ids) in batch.Zip(generated))
            {
                answers[item.Index] = text.Read(ids);
            }

            advance?.Invoke(done += batch.Length);
        }

        return answers;
    }

    /// <summary>To all prompts of an evaluation.</summary>
    public static IReadOnlyList<string> To(PretrainedModel model, ModelText text, HeldOutTexts texts, Action<int>? advance, CancellationToken stop) =>
        Greedy(model, text, texts.Prompts, LongestAnswer(text, texts.Examples.Select(example => example.Answer), model.Config.MaxPositionEmbeddings), advance, stop);

    /// <summary>A decoder goes on from the prompt as it was rendered; an encoder was trained to see a text with its special tokens.</summary>
    private static List<int> Ids(PretrainedModel model, ModelText text, string prompt, int maxTokens) => model is TextModel
        ? Cut(text.Tokenizer.Encode(prompt), model.Config.MaxPositionEmbeddings - maxTokens) : text.Tokenizer.EncodeWithSpecialTokens(prompt);

    /// <summary>Room for answers to references: half as long again, because a model may need more words.</summary>
    public static int LongestAnswer(ModelText text, IEnumerable<string> references, int contextLength)
    {
        var longest = references.Select(reference => text.Tokenizer.Encode(reference).Count).DefaultIfEmpty(64).Max();
        return Math.Clamp(longest * 3 / 2 + 8, 16, Math.Min(256, Math.Max(16, contextLength / 2)));
    }

    /// <summary>A prompt that leaves no room for an answer keeps its end.</summary>
    private static List<int> Cut(List<int> ids, int longest) => ids.Count <= longest ? ids : ids[^Math.Max(1, longest)..];
}
