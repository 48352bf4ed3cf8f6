using ServerlessTuning.Datasets.Checkpoints;
using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Models.Families;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Generation;

/// <summary>Continues token sequences, several at once: a decoder its prompts, an encoder-decoder with a target for each source.</summary>
public static class Continuation
{
    /// <summary>The likeliest token each time.</summary>
    /// <param name="prompts">At least one token each.</param>
    /// <param name="maxTokens">Longest answer.</param>
    /// <param name="stopIds">Tokens that end an answer; not part of it.</param>
    /// <returns>The answers, in the prompts' order.</returns>
    public static IReadOnlyList<List<int>> Greedy(
        PretrainedModel model, IReadOnlyList<IReadOnlyList<int>> prompts, int maxTokens, IReadOnlySet<int> stopIds, CancellationToken stop = default) =>
        Of(model, prompts, new(maxTokens, stopIds), stop);

    /// <returns>The answers, in the prompts' order.</returns>
    /// <exception cref="GenerationException">A prompt or an option is out of range.</exception>
    public static IReadOnlyList<List<int>> Of(PretrainedModel model, IReadOnlyList<IReadOnlyList<int>> prompts, GenerationOptions options, CancellationToken stop = default)
    {
        options.Checked();
        using var nothing = no_grad();
        using var scope = NewDisposeScope();
        using var decoding = Decoding(model, prompts, options.MaxTokens);
        var room = PromptChecks.Room(model.Config, prompts, options.MaxTokens);
        var answers = prompts.Select(_ => new List<int>()).ToArray();
        var over = new bool[prompts.Count];
        var logits = decoding.Begin();
        for (var said = 1; ; said++)
        {
            stop.ThrowIfCancellationRequested();
            var next = Choice.Of(logits, [.. decoding.Prompts.Zip(answers, (prompt, answer) => prompt.Concat(answer))], said - 1, options);
            for (var b = 0; b < answers.Length; b++)
            {
                Hear(answers[b], ref over[b], next[b], options);
            }

            logits.Dispose();
            if (said == room || over.All(done => done))
            {
                return answers;
            }

            logits = decoding.Next(next);
        }
    }

    internal static IDecoding Decoding(PretrainedModel model, IReadOnlyList<IReadOnlyList<int>> prompts, int room) => model switch
    {
        T5 t5 => new T5Decoding(t5, prompts, room),
        TextModel { Config.Task: ModelTask.CausalLanguage } decoder => new DecoderDecoding(decoder, prompts, room),
        _ => throw new GenerationException($"{model.Config.Architecture}: found a model that does not continue texts, expected …ForCausalLM or …ForConditionalGeneration."),
    };

    private static void Hear(List<int> answer, ref bool over, int id, GenerationOptions options)
    {
        if (over)
        {
            return;
        }

        over = options.StopIds.Contains(id);
        if (!over || options.KeepsStop)
        {
            answer.Add(id);
        }

        over |= options.IsOver?.Invoke(answer) ?? false;
    }
}
