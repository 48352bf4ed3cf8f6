using System.Text;
using System.Text.Json;
using ServerlessTuning.Contracts;

namespace ServerlessTuning.Trainer.Export;

/// <summary>The model card, from facts only: what the run was asked, what it measured, what it answered.</summary>
/// <param name="Evaluation">Null when the order has no evaluate stage.</param>
/// <param name="Written">The only time in the exported files.</param>
public sealed record ModelCard(WorkOrder Order, EvaluationReport? Evaluation, ExportCheck Check, DateTimeOffset Written)
{
    private TuningPlan Plan => Order.Plan;

    /// <summary>Markdown with the front matter that model hubs read.</summary>
    public string ToMarkdown()
    {
        var text = new StringBuilder();
        text.Append(FrontMatter()).Append($"# {Plan.Model}\n\n{Introduction()}\n");
        Table(text, "Training", "Setting", "Value", Settings());
        Table(text, "Data", "Split", "Examples, tokens, supervised tokens",
        [
            ("training", Counts(Order.Dataset.Train)), ("validation", Counts(Order.Dataset.Validation)), ("test", Counts(Order.Dataset.Test)),
        ]);
        text.Append($"\nFormat: {Order.Dataset.Format}. Left out: {Order.Dataset.Duplicates} duplicates, {Order.Dataset.Dropped} without a supervised token or too long. Cut to the context: {Order.Dataset.Truncated}.\n");
        if (Evaluation is not null)
        {
            Scores(text, Evaluation);
            Notices(text, Evaluation.Notices ?? []);
            Samples(text, Evaluation);
        }

        text.Append($"\n## Files\n\n{Files()}\n\n## Provenance\n\nRun `{Order.RunId}`, attempt {Order.Attempt}, written {Written:yyyy-MM-dd HH:mm} UTC.\n");
        return text.ToString();
    }

    private string FrontMatter() =>
        $"---\nbase_model: {Plan.Base}\npipeline_tag: text-generation\nlibrary_name: {(Plan.Lora is null ? "transformers" : "peft")}\ntags:\n- serverless-tuning\n{(Plan.Lora is null ? "" : "- lora\n")}---\n\n";

    private string Introduction() => Plan switch
    {
        { FromScratch: true } => $"A language model trained from random weights in the architecture of `{Plan.Base}`.",
        { Task: TuningTask.Pretraining } => $"`{Plan.Base}`, trained further on plain text.",
        { Lora: { } lora } => $"`{Plan.Base}`, fine-tuned with LoRA (rank {lora.Rank}, α {lora.Alpha:0.##}) on what the assistant says.",
        _ => $"`{Plan.Base}`, fine-tuned in all its weights on what the assistant says.",
    };

    private IEnumerable<(string, string)> Settings()
    {
        var training = Plan.Training;
        if (Plan.Lora is { } lora)
        {
            yield return ("LoRA layers", string.Join(", ", lora.TargetModules));
            yield return ("LoRA rank, α, dropout", $"{lora.Rank}, {lora.Alpha:0.##}, {lora.Dropout:0.##}");
            yield return ("LoRA kind", Kind(lora));
        }

        yield return ("optimizer steps", $"{training.TotalSteps} ({training.WarmupSteps} of warm-up)");
        yield return ("peak learning rate", $"{training.LearningRate:0.######} ({training.Schedule.ToString().ToLowerInvariant()})");
        yield return ("optimizer", JsonSerializer.SerializeToElement(training.Optimizer, TuningJson.Options).GetString()!);
        yield return ("tokens a step", $"{training.RowsPerStep} rows of {training.ContextLength}");
        yield return ("weight decay, gradient norm", $"{training.WeightDecay:0.####}, clipped to {training.MaxGradNorm:0.##}");
        yield return ("products", training.Precision.ToString().ToLowerInvariant());
        yield return ("seed", $"{Plan.Seed}");
    }

    private static string Kind(LoraConfig lora)
    {
        var kind = string.Join(", ", new[]
        {
            lora.RankStabilized ? "rank-stabilized" : null, lora.Decomposed ? "decomposed (DoRA)" : null, lora.QuantizedBase ? "over a base in four bits (NF4)" : null,
            lora.LoraPlusRatio != 1 ? $"B at {lora.LoraPlusRatio:0.##} times the rate of A" : null,
            lora.Init == AdapterInit.Pissa ? $"started from principal parts (PiSSA), published at rank {2 * lora.Rank}" : null,
        }.OfType<string>());
        return kind == "" ? "plain" : kind;
    }

    private static string Counts(SplitReport split) => $"{split.Examples:N0}, {split.Tokens:N0}, {split.SupervisedTokens:N0}";

    private static void Scores(StringBuilder text, EvaluationReport report)
    {
        List<(string, string)> rows =
        [
            ("loss (nats per token)", Pair(score => score.Loss, "0.0000")),
            ("perplexity", Pair(score => score.Perplexity, "0.00")),
            ("perplexity of the text tokens", Pair(score => score.TextPerplexity, "0.00")),
            ("accuracy of the next token", Pair(score => score.Accuracy, "0.0000")),
            ("chrF of the answers", Pair(score => score.Chrf, "0.0")),
            ("bits per byte", Pair(score => score.BitsPerByte, "0.000")),
        ];
        Table(text, "Evaluation", $"On the {report.Split} split, {report.Examples:N0} examples", "Base → tuned", rows.Where(row => row.Item2 != ""));

        string Pair(Func<ModelScore, double?> score, string format) =>
            score(report.Base) is { } before && score(report.Tuned) is { } after ? $"{before.ToString(format)} → {after.ToString(format)}" : "";
    }

    private static void Notices(StringBuilder text, IReadOnlyList<TrainingNotice> notices)
    {
        if (notices.Count > 0)
        {
            text.Append("\n## Noticed while training\n\n").AppendJoin("", notices.Select(notice => $"- {notice.Message}\n"));
        }
    }

    private static void Samples(StringBuilder text, EvaluationReport report)
    {
        if (report.Samples.Count == 0)
        {
            return;
        }

        text.Append("\n## Answers\n\nGreedy, base and tuned.\n");
        foreach (var sample in report.Samples)
        {
            text.Append($"\n{Quoted(sample.Prompt)}\n\n- base: {Line(sample.Base)}\n- tuned: {Line(sample.Tuned)}\n");
            if (sample.Reference is { } reference)
            {
                text.Append($"- reference: {Line(reference)}\n");
            }
        }
    }

    private string Files()
    {
        if (Plan.Lora is null)
        {
            return $"`merged/`: the model in Hugging Face layout, matrices in {Check.Type.ToString().ToLowerInvariant()}; read back and compared with the trained weights.";
        }

        var rounding = Check.Type == TorchSharp.torch.ScalarType.Float32 ? "" : $", {Check.Written:0.0e+0} after the rounding to {Check.Type.ToString().ToLowerInvariant()}";
        return "`adapter/`: the LoRA update in PEFT's layout. `merged/`: base and update in one, in Hugging Face layout.\n"
            + $"Both were read back: their logits in float32 differ by at most {Check.Merging:0.0e+0}{rounding}.";
    }

    private static void Table(StringBuilder text, string title, string left, string right, IEnumerable<(string Name, string Value)> rows)
    {
        text.Append($"\n## {title}\n\n| {left} | {right} |\n| --- | --- |\n");
        foreach (var (name, value) in rows)
        {
            text.Append($"| {name} | {value} |\n");
        }
    }

    private static string Quoted(string prompt) => "> " + prompt.ReplaceLineEndings("\n> ");

    private static string Line(string answer) => answer.Length == 0 ? "(nothing)" : answer.ReplaceLineEndings(" ");
}
