using System.Text.Json;
using Azure.Storage.Blobs;
using ServerlessTuning.Contracts;

namespace ServerlessTuning.Cli;

/// <summary>What a finished run has to say, on one screen: settings, scores, samples, where the files are.</summary>
public sealed class Summary(BlobServiceClient blobs, TextWriter output)
{
    public async Task Print(RunView run, TimeSpan took)
    {
        output.WriteLine();
        output.WriteLine($"run       {run.Id}");
        if (await Read<TuningPlan>(BlobPaths.Plan(run.Id)) is { } plan)
        {
            Settings(plan);
        }

        if (await Read<EvaluationReport>(BlobPaths.Evaluation(run.Id)) is { } evaluation)
        {
            Scores(evaluation);
            foreach (var notice in evaluation.Notices ?? [])
            {
                output.WriteLine($"  noticed    {notice.Message}");
            }

            Samples(evaluation.Samples);
        }

        Outcome(run, took);
    }

    private void Settings(TuningPlan plan)
    {
        output.WriteLine("settings");
        foreach (var value in plan.Reasons)
        {
            output.WriteLine($"  {value.Name,-18} {value.Value,-12} {value.Reason}");
        }
    }

    private void Scores(EvaluationReport evaluation)
    {
        output.WriteLine();
        output.WriteLine($"held out ({evaluation.Split}, {evaluation.Examples} examples)   {"base",10} {"tuned",10}");
        Row("loss", score => score.Loss, "0.000");
        Row("perplexity", score => score.Perplexity, "0.00");
        Row("perplexity of the text alone", score => score.TextPerplexity, "0.00");
        Row(evaluation.Tuned.Perplexity is null ? "accuracy" : "accuracy of the next token", score => score.Accuracy, "0.0 %");
        Row("reward, or its margin", score => score.Reward, "0.000");
        Row("chrF against the references", score => score.Chrf, "0.0");
        Row("bits per byte", score => score.BitsPerByte, "0.000");
        Row("F1, mean over the labels", score => score.F1, "0.000");

        void Row(string name, Func<ModelScore, double?> value, string format)
        {
            if (value(evaluation.Tuned) is { } after)
            {
                output.WriteLine($"  {name,-34} {value(evaluation.Base)?.ToString(format),10} {after.ToString(format),10}");
            }
        }
    }

    private void Samples(IReadOnlyList<Sample> samples)
    {
        foreach (var sample in samples.Take(3))
        {
            output.WriteLine();
            output.WriteLine($"  prompt     {OneLine(sample.Prompt)}");
            if (sample.Reference is { } reference)
            {
                output.WriteLine($"  reference  {OneLine(reference)}");
            }

            output.WriteLine($"  base       {OneLine(sample.Base)}");
            output.WriteLine($"  tuned      {OneLine(sample.Tuned)}");
        }
    }

    private void Outcome(RunView run, TimeSpan took)
    {
        output.WriteLine();
        output.WriteLine($"outcome   {JsonNamingPolicy.SnakeCaseLower.ConvertName(run.Result?.Outcome.ToString() ?? run.RuntimeStatus)}");
        if (run.Result?.Reason is { } reason)
        {
            output.WriteLine($"reason    {reason}");
        }

        foreach (var problem in run.Result?.Problems ?? [])
        {
            output.WriteLine($"  {problem}");
        }

        if (run.Result is { Path: { } path, Version: { } version })
        {
            output.WriteLine($"published version {version}: container {BlobPaths.Models}, {path}");
        }

        output.WriteLine($"took      {took:m\\:ss}");
    }

    private async Task<T?> Read<T>(string name)
        where T : class
    {
        var blob = blobs.GetBlobContainerClient(BlobPaths.Runs).GetBlobClient(name);
        return await blob.ExistsAsync() ? (await blob.DownloadContentAsync()).Value.Content.ToObjectFromJson<T>(TuningJson.Options) : null;
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ") is { Length: > 160 } longText ? longText[..157] + "..." : text.ReplaceLineEndings(" ");
}
