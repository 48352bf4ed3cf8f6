using ServerlessTuning.Trainer.Models;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Generation;

/// <summary>
/// The answer of the best summed log-probability among so many that are kept at each step. Source: transformers' beam search with early_stopping off:
/// 2·beams candidates a step, a finished answer scores sum / length^penalty, and a prompt is done when no open beam can beat its worst finished one.
/// </summary>
public static class BeamSearch
{
    private sealed record Beam(List<int> Answer, double Sum);

    /// <param name="beams">Kept at each step, at least 1.</param>
    /// <param name="lengthPenalty">Above 0 favours long answers.</param>
    /// <returns>The best answer to each prompt, without the stop token.</returns>
    public static IReadOnlyList<List<int>> Of(
        PretrainedModel model, IReadOnlyList<IReadOnlyList<int>> prompts, int beams, int maxTokens, IReadOnlySet<int> stopIds, double lengthPenalty = 1, CancellationToken stop = default)
    {
        using var nothing = no_grad();
        using var scope = NewDisposeScope();
        using var decoding = Continuation.Decoding(model, [.. prompts.SelectMany(prompt => Enumerable.Repeat(prompt, beams))], maxTokens);
        // At first all beams of a prompt are the same: only one of them counts.
        var open = prompts.Select(_ => Enumerable.Range(0, beams).Select(b => new Beam([], b == 0 ? 0 : double.NegativeInfinity)).ToArray()).ToArray();
        var finished = prompts.Select(_ => new List<(List<int> Answer, double Score)>()).ToArray();
        var done = new bool[prompts.Count];
        var room = PromptChecks.Room(model.Config, prompts, maxTokens);
        var logits = decoding.Begin();
        for (var said = 1; ; said++)
        {
            stop.ThrowIfCancellationRequested();
            var candidates = Candidates(logits, open, beams);
            logits.Dispose();
            var (rows, ids) = (new List<int>(), new List<int>());
            for (var p = 0; p < prompts.Count; p++)
            {
                var kept = Keep(candidates[p], open[p], finished[p], beams, stopIds, lengthPenalty, said);
                done[p] |= finished[p].Count >= beams && finished[p].Min(item => item.Score) >= candidates[p][0].Sum / Math.Pow(said, lengthPenalty);
                open[p] = [.. kept.Select(item => new Beam([.. open[p][item.Beam].Answer, item.Id], item.Sum))];
                rows.AddRange(kept.Select(item => p * beams + item.Beam));
                ids.AddRange(kept.Select(item => item.Id));
            }

            if (said == room || done.All(over => over))
            {
                return [.. Enumerable.Range(0, prompts.Count).Select(p => Best(open[p], finished[p], done[p], lengthPenalty, said))];
            }

            decoding.Reorder(rows);
            logits = decoding.Next(ids);
        }
    }

    /// <returns>For each prompt its 2·beams best continuations, the best first.</returns>
    private static List<(int Beam, int Id, double Sum)>[] Candidates(Tensor logits, Beam[][] open, int beams)
    {
        using var scope = NewDisposeScope();
        var v = logits.shape[1];
        var sums = tensor(open.SelectMany(row => row.Select(beam => (float)Math.Max(beam.Sum, -1e9))).ToArray(), dtype: ScalarType.Float32, device: logits.device);
        var all = (logits.log_softmax(-1) + sums.unsqueeze(-1)).view(open.Length, -1);                // (P, beams·V)
        var (best, places) = all.topk((int)Math.Min(2 * beams, all.shape[1]), -1);
        var (values, indices) = (best.cpu().data<float>().ToArray(), places.cpu().data<long>().ToArray());
        var width = values.Length / open.Length;
        return [.. Enumerable.Range(0, open.Length).Select(p => Enumerable.Range(p * width, width)
            .Select(i => ((int)(indices[i] / v), (int)(indices[i] % v), (double)values[i])).ToList())];
    }

    /// <summary>Takes the best beams that go on; a stop token among the best finishes an answer.</summary>
    private static List<(int Beam, int Id, double Sum)> Keep(
        List<(int Beam, int Id, double Sum)> candidates, Beam[] open, List<(List<int> Answer, double Score)> finished, int beams, IReadOnlySet<int> stopIds, double lengthPenalty, int said)
    {
        var kept = new List<(int Beam, int Id, double Sum)>();
        foreach (var (rank, candidate) in candidates.Index())
        {
            if (!stopIds.Contains(candidate.Id))
            {
                kept.Add(candidate);
            }
            else if (rank < beams)
            {
                finished.Add((open[candidate.Beam].Answer, candidate.Sum / Math.Pow(said, lengthPenalty)));
                finished.Sort((a, b) => b.Score.CompareTo(a.Score));
                finished.RemoveRange(Math.Min(beams, finished.Count), Math.Max(0, finished.Count - beams));
            }

            if (kept.Count == beams)
            {
                break;
            }
        }

        return kept;
    }

    private static List<int> Best(Beam[] open, List<(List<int> Answer, double Score)> finished, bool done, double lengthPenalty, int said)
    {
        var all = done ? finished : [.. finished, .. open.Select(beam => (beam.Answer, Score: beam.Sum / Math.Pow(said, lengthPenalty)))];
        return all.MaxBy(item => item.Score).Answer;
    }
}
