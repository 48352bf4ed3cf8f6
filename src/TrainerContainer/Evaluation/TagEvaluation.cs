using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Training;

namespace ServerlessTuning.Trainer.Evaluation;

/// <summary>Tags of the words of held-out texts, compared with the tag that is most frequent in training where the base has no such head.</summary>
/// <param name="baseKnows">The base has a head with these tags: it is judged itself.</param>
public sealed class TagEvaluation(TrainingPlan plan, LabelSet labels, TokenSplit split, HeldOutTexts texts, bool baseKnows) : IEvaluation
{
    private bool isBase = true;

    public int Steps => split.Count;

    public Judgement Judge(Trainee model, Action<int> advance, CancellationToken stop)
    {
        var guesses = isBase && !baseKnows;
        isBase = false;
        return guesses ? Guess() : Tell(model, advance, stop);
    }

    private Judgement Tell(Trainee model, Action<int> advance, CancellationToken stop)
    {
        var objective = new TagObjective(model, plan);
        var score = objective.Measure(split, stop);
        var (told, right, answers) = (new List<int[]>(), new List<int[]>(), new List<string>());
        foreach (var example in Enumerable.Range(0, split.Count))
        {
            stop.ThrowIfCancellationRequested();
            var (own, expected) = objective.Tags(split, [example]);
            told.AddRange(own.Select(tag => new[] { (int)tag }));
            right.AddRange(expected.Select(tag => new[] { (int)tag }));
            answers.Add(string.Join(' ', own.Select(tag => labels.Names[(int)tag])));
            advance(example + 1);
        }

        var byLabel = LabelScores.Of(labels.Names, told, right);
        var there = byLabel.Where(label => label.Examples > 0).ToList(); // of many tags some are rare: those that no held-out word has do not count
        return new(new(score.Mean, null, null, score.Accuracy, F1: there.Average(label => label.F1), ByLabel: byLabel), Answered(answers));
    }

    private Judgement Guess()
    {
        var all = labels.Counts.Sum() + 0.5 * labels.Count;
        long[] right = [.. Enumerable.Range(0, split.Count).SelectMany(example => split.Labels(example).ToArray().Where(label => label >= 0).Select(label => (long)label))];
        var frequent = labels.Counts.Index().MaxBy(count => count.Item).Index;
        var loss = right.Average(label => -Math.Log((labels.Counts[(int)label] + 0.5) / all));
        return new(new(loss, null, null, right.Average(label => label == frequent ? 1.0 : 0)), Answered([.. Enumerable.Repeat(labels.Names[frequent] + " …", split.Count)]));
    }

    /// <summary>Own prompts have no words with tags; they are left without an answer.</summary>
    private IReadOnlyList<string> Answered(List<string> answers) => [.. answers.Take(texts.Examples.Count), .. texts.Own.Select(_ => "")];
}
