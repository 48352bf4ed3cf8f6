using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Training;

namespace ServerlessTuning.Trainer.Evaluation;

/// <summary>A task whose own loss is what judges: hidden tokens, targets of sources, preferences, rewards.</summary>
/// <param name="objective">For a model, and the base.</param>
/// <param name="answers">The model can answer prompts.</param>
public sealed class ObjectiveEvaluation(TuningTask task, TokenSplit split, ModelText text, HeldOutTexts texts, Func<Trainee, IObjective> objective, bool answers) : IEvaluation
{
    public int Steps => split.Count + (answers ? texts.Prompts.Count : 0);

    public Judgement Judge(Trainee model, Action<int> advance, CancellationToken stop)
    {
        var score = objective(model).Measure(split, stop);
        advance(split.Count);
        var said = answers ? Answers.To(model.Model, text, texts, done => advance(split.Count + done), stop) : [];
        var ofTokens = task is TuningTask.MaskedLanguage or TuningTask.SequenceToSequence;
        var details = score.MeanDetails;
        return new(new ModelScore(score.Mean, ofTokens ? Math.Exp(score.Mean) : null, null, score.Accuracy, task == TuningTask.SequenceToSequence ? texts.Chrf(said) : null,
            Reward: details is null ? null : details.GetValueOrDefault("reward", details.GetValueOrDefault("margin"))), said);
    }
}
