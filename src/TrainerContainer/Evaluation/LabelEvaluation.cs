using System.Globalization;
using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Training;

namespace ServerlessTuning.Trainer.Evaluation;

/// <summary>
/// Labels of held-out texts. A base without this head knows nothing of the labels, so what the tuned model is compared with is a guess that needs no text: the labels as often
/// as the training examples have them, always the most frequent one for accuracy; of numbers, their mean.
/// </summary>
/// <param name="baseKnows">The base has a head with these labels: it is judged itself.</param>
public sealed class LabelEvaluation(TrainingPlan plan, LabelSet labels, TokenSplit split, TokenSplit training, ModelText text, HeldOutTexts texts, bool baseKnows) : IEvaluation
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
        var objective = new ClassificationObjective(model, plan, labels.Problem);
        var score = objective.Measure(split, stop);
        var told = new List<float[]>();
        foreach (var examples in HeldOutBatches.Of(split.Lengths, plan.MicroBatchRows * plan.RowTokens))
        {
            stop.ThrowIfCancellationRequested();
            using var logits = objective.Logits(split, examples);
            told.AddRange(logits.data<float>().ToArray().Chunk(labels.Count));
            advance(told.Count);
        }

        var answers = told.Take(texts.Examples.Count).Select(Name).ToList();
        answers.AddRange(texts.Own.Select(own => Name(objective.Logits([.. text.Tokenizer.EncodeWithSpecialTokens(own.Display)]))));
        var byLabel = labels.Problem == ProblemType.Regression ? null : LabelScores.Of(labels.Names, [.. told.Select(Told)], [.. Enumerable.Range(0, split.Count).Select(Right)]);
        return new(new(score.Mean, null, null, score.Accuracy, F1: byLabel?.Average(label => label.F1), ByLabel: byLabel), answers);
    }

    /// <summary>The loss of a guess by frequency alone.</summary>
    private Judgement Guess()
    {
        var guess = labels.Problem == ProblemType.Regression ? [Enumerable.Range(0, training.Count).Average(i => training.Targets(i)[0])] : Frequencies();
        var losses = Enumerable.Range(0, split.Count).Select(i => Loss(guess, split.Targets(i)));
        var shown = labels.Problem == ProblemType.Regression ? Number(guess[0]) : string.Join(", ", labels.Names.Where((_, label) => Picks(guess, label)));
        var right = Enumerable.Range(0, split.Count).Average(i => labels.Problem == ProblemType.Regression ? 0 : Enumerable.Range(0, labels.Count).Average(label => Picks(guess, label) == Right(i).Contains(label) ? 1.0 : 0));
        var accuracy = labels.Problem == ProblemType.SingleLabel ? Enumerable.Range(0, split.Count).Average(i => Picks(guess, Right(i)[0]) ? 1.0 : 0) : right;
        return new(new(losses.Average(), null, null, accuracy), [.. texts.Prompts.Select(_ => shown)]);
    }

    private double[] Frequencies() => [.. Enumerable.Range(0, labels.Count).Select(label => (Enumerable.Range(0, training.Count).Count(i => RightOf(training, i).Contains(label)) + 0.5) / (training.Count + 1))];

    private bool Picks(double[] guess, int label) => labels.Problem == ProblemType.SingleLabel ? Array.IndexOf(guess, guess.Max()) == label : guess[label] > 0.5;

    private double Loss(double[] guess, IReadOnlyList<float> target) => labels.Problem switch
    {
        ProblemType.SingleLabel => -Math.Log(guess[(int)target[0]] / guess.Sum()),
        ProblemType.MultiLabel => guess.Zip(target, (p, yes) => -Math.Log(yes > 0 ? p : 1 - p)).Average(),
        _ => (guess[0] - target[0]) * (guess[0] - target[0]),
    };

    private int[] Right(int example) => RightOf(split, example);

    private int[] RightOf(TokenSplit of, int example) => labels.Problem == ProblemType.MultiLabel
        ? [.. of.Targets(example).Index().Where(item => item.Item > 0).Select(item => item.Index)] : [(int)of.Targets(example)[0]];

    private int[] Told(float[] logits) => labels.Problem == ProblemType.MultiLabel ? [.. logits.Index().Where(item => item.Item > 0).Select(item => item.Index)] : [Array.IndexOf(logits, logits.Max())];

    private string Name(float[] logits) => labels.Problem == ProblemType.Regression ? Number(logits[0]) : string.Join(", ", Told(logits).Select(label => labels.Names[label]));

    private static string Number(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);
}
