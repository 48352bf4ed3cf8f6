using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Training;

namespace ServerlessTuning.Trainer.Evaluation;

/// <summary>Texts by a decoder: how well it foresees the held-out ones, and what it answers.</summary>
public sealed class LanguageEvaluation(TuningPlan plan, TokenSplit split, ModelText text, HeldOutTexts texts) : IEvaluation
{
    public int Steps => split.Count + texts.Prompts.Count;

    public Judgement Judge(Trainee model, Action<int> advance, CancellationToken stop)
    {
        var score = HeldOutScore.Measure(model.Text, split, text.Tokenizer, plan.Training.MicroBatchRows * plan.Training.ContextLength, advance, stop);
        var answers = Answers.To(model.Model, text, texts, done => advance(split.Count + done), stop);
        var chrf = plan.Task == TuningTask.Pretraining ? null : texts.Chrf(answers);
        return new(score.ToModelScore(plan.Task, chrf), answers);
    }
}
