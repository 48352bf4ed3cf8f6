using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Training;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Generation;

/// <summary>Continues token sequences, several at once.</summary>
public static class Continuation
{
    /// <summary>The likeliest token each time.</summary>
    /// <param name="prompts">At least one token each.</param>
    /// <param name="maxTokens">Longest answer.</param>
    /// <param name="stopIds">Tokens that end an answer; not part of it.</param>
    /// <returns>The answers, in the prompts' order.</returns>
    public static IReadOnlyList<List<int>> Greedy(
        Llama model, IReadOnlyList<IReadOnlyList<int>> prompts, int maxTokens, IReadOnlySet<int> stopIds, CancellationToken stop = default) =>
        Continue(model, prompts, maxTokens, stopIds, (logits, _) => logits.argmax(-1), stop);

    /// <summary>A token drawn from softmax(logits / temperature) each time; the same seed draws the same.</summary>
    public static IReadOnlyList<List<int>> Sample(
        Llama model, IReadOnlyList<IReadOnlyList<int>> prompts, int maxTokens, IReadOnlySet<int> stopIds, double temperature, int seed, CancellationToken stop = default) =>
        Continue(model, prompts, maxTokens, stopIds, (logits, step) =>
        {
            manual_seed(RandomSeeds.For(seed, step, 0, 0, "sampling"));
            return (logits / temperature).softmax(-1).multinomial(1).squeeze(-1);
        }, stop);

    /// <param name="pick">(B, V) logits and the number of tokens said so far, to (B) ids.</param>
    private static List<int>[] Continue(
        Llama model, IReadOnlyList<IReadOnlyList<int>> prompts, int maxTokens, IReadOnlySet<int> stopIds, Func<Tensor, int, Tensor> pick, CancellationToken stop)
    {
        using var nothing = no_grad();
        int[] ends = [.. prompts.Select(prompt => prompt.Count)];
        var answers = prompts.Select(_ => new List<int>()).ToArray();
        var over = new bool[prompts.Count];
        using var cache = new KeyValueCache(model.Config, ends, ends.Max() + maxTokens, model.Compute, model.Head.device);
        var next = Forward(model, cache, [.. prompts.SelectMany(prompt => prompt)], [.. ends.SelectMany(end => Enumerable.Range(0, end))], Last(ends), logits => pick(logits, 0));
        for (var said = 1; ; said++)
        {
            stop.ThrowIfCancellationRequested();
            for (var b = 0; b < answers.Length; b++)
            {
                over[b] |= stopIds.Contains(next[b]);
                if (!over[b])
                {
                    answers[b].Add(next[b]);
                }
            }

            if (said == maxTokens || over.All(done => done))
            {
                return answers;
            }

            cache.Next(ends);
            var step = said;
            next = Forward(model, cache, next, ends, null, logits => pick(logits, step));
            ends = [.. ends.Select(end => end + 1)];
        }
    }

    /// <param name="rows">The places whose next token is wanted; null means all.</param>
    private static int[] Forward(Llama model, KeyValueCache cache, int[] ids, int[] positions, long[]? rows, Func<Tensor, Tensor> pick)
    {
        using var scope = NewDisposeScope();
        var hidden = model.call(Longs(ids), Longs(positions), cache);                    // (N, C)
        var wanted = rows is null ? hidden : hidden.index_select(0, tensor(rows, dtype: ScalarType.Int64, device: hidden.device));
        return [.. pick(model.Logits(wanted)).to(ScalarType.Int64).cpu().data<long>().ToArray().Select(id => (int)id)];

        Tensor Longs(int[] values) => tensor(values.Select(value => (long)value).ToArray(), dtype: ScalarType.Int64, device: model.Head.device);
    }

    /// <summary>Where each prompt's last token lies among all.</summary>
    private static long[] Last(int[] lengths)
    {
        var last = new long[lengths.Length];
        var sum = 0L;
        for (var b = 0; b < lengths.Length; b++)
        {
            last[b] = (sum += lengths[b]) - 1;
        }

        return last;
    }
}
