using System.Text.Json;
using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Evaluation;
using ServerlessTuning.Trainer.Storage;
using ServerlessTuning.Trainer.Training;

namespace ServerlessTuning.Trainer.Stages;

/// <summary>
/// Base against tuned on the split that neither trained on: the test split, or validation when there is no test. Writes <c>evaluation/answers.jsonl</c>
/// and, last, <c>evaluation/report.json</c>.
/// </summary>
public sealed class EvaluateStage(StageContext context)
{
    private string Split => context.Order.Dataset.Test.Examples > 0 ? "test" : "validation";

    private SplitReport Held => Split == "test" ? context.Order.Dataset.Test : context.Order.Dataset.Validation;

    public async Task Run(LatestCheckpoint trained)
    {
        if (Held.Examples == 0)
        {
            throw new RequestException("dataset: found neither test nor validation examples, expected some held-out ones to judge by. Raise split.test, or add test.jsonl.");
        }

        var checkpoint = await context.TrainedFolder(trained);
        var (report, answers) = await Task.Run(() => Compare(checkpoint));
        await Write(report, answers);
        context.Log.Say($"Held-out loss ({report.Split}, {report.Examples} examples): base {report.Base.Loss:0.0000}, tuned {report.Tuned.Loss:0.0000}.");
    }

    /// <summary>One model after the other, so that only one is in memory.</summary>
    private (EvaluationReport Report, IReadOnlyList<Sample> Answers) Compare(string checkpoint)
    {
        var text = ModelText.Load(context.Work.Base);
        var texts = HeldOutTexts.Read(Held.Held is null ? null : Path.Combine(context.Work.Dataset, Held.Held), context.Plan.Prompts, text);
        var evaluation = Evaluation(text, texts);
        context.Progress.Begin(Stage.Evaluate, 0, 2 * evaluation.Steps);
        var untuned = Judge(evaluation, context.Models.Base, firstStep: 0);
        var tuned = Judge(evaluation, () => context.Models.Tuned(checkpoint), firstStep: evaluation.Steps);
        var report = new EvaluationReport(Split, Held.Examples, untuned.Score, tuned.Score, untuned.Answers.Count == 0 ? [] : texts.Shown(untuned.Answers, tuned.Answers), context.Metrics.Watch.Notices);
        return (report, untuned.Answers.Count == 0 ? [] : [.. texts.Answered(untuned.Answers, tuned.Answers)]);
    }
    private IEvaluation Evaluation(ModelText text, HeldOutTexts texts)
    {
        var (plan, split) = (context.Plan, context.Tokens(Held));
        var baseKnows = context.Models.Head is null or { Keeps: true };
        switch (plan.Task)
        {
            case TuningTask.Supervised or TuningTask.Pretraining:
                return new LanguageEvaluation(plan, split, text, texts);
            case TuningTask.Classification:
                return new LabelEvaluation(plan.Training, context.Order.Dataset.Labels!, split, context.Tokens(context.Order.Dataset.Train), text, texts, baseKnows);
            case TuningTask.TokenClassification:
                return new TagEvaluation(plan.Training, context.Order.Dataset.Labels!, split, texts, baseKnows);
            default:
                var objectives = new RunObjectives(context);
                return new ObjectiveEvaluation(plan.Task, split, text, texts, model => objectives.Of(model, [split], [Held]), answers: plan.Task is not (TuningTask.MaskedLanguage or TuningTask.Reward));
        }
    }

    private Judgement Judge(IEvaluation evaluation, Func<Trainee> load, int firstStep)
    {
        using var model = load();
        return evaluation.Judge(model, done => context.Progress.Advance(firstStep + done), context.Stop.Token);
    }

    private async Task Write(EvaluationReport report, IReadOnlyList<Sample> answers)
    {
        var lines = string.Concat(answers.Select(answer => JsonSerializer.Serialize(answer, TuningJson.Options) + "\n"));
        await context.Store.Write(BlobPaths.Runs, $"{context.Order.RunId}/evaluation/answers.jsonl", System.Text.Encoding.UTF8.GetBytes(lines), context.Stop.Token);
        await context.Store.WriteJson(BlobPaths.Runs, BlobPaths.Evaluation(context.Order.RunId), report, context.Stop.Token);
    }
}
