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
        context.Progress.Begin(Stage.Evaluate, 0, 2 * (int)(Held.Examples + texts.Prompts.Count));
        var untuned = Judge(() => new(context.Models.Base(), null), text, texts, firstStep: 0);
        var tuned = Judge(() => context.Models.Tuned(checkpoint), text, texts, firstStep: (int)Held.Examples + texts.Prompts.Count);
        var report = new EvaluationReport(Split, Held.Examples,
            untuned.ToModelScore(context.Plan.Task, texts), tuned.ToModelScore(context.Plan.Task, texts), texts.Shown(untuned.Answers, tuned.Answers), context.Metrics.Watch.Notices);
        return (report, [.. texts.Answered(untuned.Answers, tuned.Answers)]);
    }

    private sealed record Judgement(HeldOutScore Score, IReadOnlyList<string> Answers)
    {
        public ModelScore ToModelScore(TuningTask task, HeldOutTexts texts) => Score.ToModelScore(task,
            task == TuningTask.Pretraining || texts.Examples.Count == 0 ? null : texts.Examples.Select((example, i) => Chrf.Score(Answers[i], example.Answer)).Average());
    }

    private Judgement Judge(Func<Trainee> load, ModelText text, HeldOutTexts texts, int firstStep)
    {
        var training = context.Plan.Training;
        using var loaded = load();
        var model = loaded.Model;
        var score = HeldOutScore.Measure(model, context.Tokens(Held), text.Tokenizer, training.MicroBatchRows * training.ContextLength,
            done => context.Progress.Advance(firstStep + done), context.Stop.Token);
        var longest = Answers.LongestAnswer(text, texts.Examples.Select(example => example.Answer), model.Config.MaxPositionEmbeddings);
        var answers = Answers.Greedy(model, text, texts.Prompts, longest,
            done => context.Progress.Advance(firstStep + (int)Held.Examples + done), context.Stop.Token);
        return new(score, answers);
    }

    private async Task Write(EvaluationReport report, IReadOnlyList<Sample> answers)
    {
        var lines = string.Concat(answers.Select(answer => JsonSerializer.Serialize(answer, TuningJson.Options) + "\n"));
        await context.Store.Write(BlobPaths.Runs, $"{context.Order.RunId}/evaluation/answers.jsonl", System.Text.Encoding.UTF8.GetBytes(lines), context.Stop.Token);
        await context.Store.WriteJson(BlobPaths.Runs, BlobPaths.Evaluation(context.Order.RunId), report, context.Stop.Token);
    }
}
