using System.Text.Json;
using Azure.Storage.Blobs;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Preparation;
using ServerlessTuning.Functions.Orchestrators;

namespace ServerlessTuning.Functions.Activities.Preparation;

/// <summary>Writes report.json and report.html and removes the working blobs. Run twice it answers with the report that is there.</summary>
public sealed class FinishDataset(BlobServiceClient blobs, ILogger<FinishDataset> logger)
{
    /// <summary>What history takes of one message without spilling it.</summary>
    private const int LongestAnswer = 16 << 10;

    private const int LongestText = 200, Problems = 20;

    [Function(nameof(FinishDataset))]
    public async Task<DatasetReport> Run([ActivityTrigger] PrepareInput input, CancellationToken cancellationToken)
    {
        var report = await new FinishStep(new BlobPreparationStore(blobs, input.RunId, input.Base)).RunAsync(cancellationToken);
        logger.LogInformation("Run {RunId}: {Examples} training examples, {Tokens} tokens, usable: {Usable}", input.RunId, report.Train.Examples, report.Train.Tokens, report.Usable);
        return Brief(report);
    }

    /// <summary>Small enough for history: 20 problems with texts of ordinary length; of a very large dataset the shards are named in report.json only.</summary>
    public static DatasetReport Brief(DatasetReport report)
    {
        var brief = report with { Problems = [.. report.Problems.Take(Problems).Select(Brief)], Notices = null };
        return JsonSerializer.SerializeToUtf8Bytes(brief, TuningJson.Options).Length <= LongestAnswer ? brief : brief with
        {
            Train = brief.Train with { Shards = [], Sources = null },
            Validation = brief.Validation with { Shards = [], Sources = null },
            Test = brief.Test with { Shards = [], Sources = null },
        };
    }

    private static DatasetProblem Brief(DatasetProblem problem) => problem with { Found = Cut(problem.Found), Expected = Cut(problem.Expected), Fix = Cut(problem.Fix) };

    private static string Cut(string text) => text.Length <= LongestText ? text : text[..(LongestText - 1)] + "…";
}
