using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Examples;
using ServerlessTuning.Datasets.Splitting;
using ServerlessTuning.Datasets.Templates;
using ServerlessTuning.Datasets.Validation;

namespace ServerlessTuning.Datasets.Preparation;

/// <summary>
/// The fourth step, once a chunk: renders, tokenizes and masks the examples and writes the token shards of each split.
/// Run twice it writes the same files again.
/// </summary>
/// <param name="rendering">Of the run's base model; made once and used for many chunks.</param>
public sealed class EncodeStep(IPreparationStore store, BaseRendering rendering)
{
    /// <summary>Training examples that a chunk offers for the report.</summary>
    private const int Samples = 3;

    /// <summary>For the constructor: the base model that the scan found to serve.</summary>
    public static async Task<BaseRendering> OpenRenderingAsync(IPreparationStore store, CancellationToken cancellation)
    {
        List<DatasetProblem> problems = [];
        var scan = await store.ReadJsonAsync<DatasetScan>(WorkFiles.Scan, cancellation);
        return BaseRendering.Open(await BaseFiles.ReadAsync(store, cancellation), scan.HoldsChats, problems)
            ?? throw new InvalidDataException($"The base model changed while the dataset was prepared: {problems[0]}");
    }

    public async Task<ChunkTokens> RunAsync(int chunk, CancellationToken cancellation)
    {
        var scan = await store.ReadJsonAsync<DatasetScan>(WorkFiles.Scan, cancellation);
        var log = new ProblemLog(scan.Files[scan.Chunks[chunk].File].Name);
        ChunkTokens tokens;
        try
        {
            tokens = await EncodeAsync(scan, chunk, log, cancellation);
        }
        catch (DatasetChangedException)
        {
            log.AddChanged();
            tokens = new(SplitReport.Empty, SplitReport.Empty, SplitReport.Empty, 0, 0, [], [], log.Count, log.Problems);
        }

        await store.WriteJsonAsync(WorkFiles.Tokens(chunk), tokens, cancellation);
        return tokens;
    }

    private async Task<ChunkTokens> EncodeAsync(DatasetScan scan, int chunk, ProblemLog log, CancellationToken cancellation)
    {
        var splits = await store.ReadBytesAsync(WorkFiles.Splits(chunk), cancellation);
        using var reader = await store.OpenExamplesAsync(scan, chunk, log, cancellation);
        await using var train = new ShardSeries(store, DatasetSplit.Train, chunk);
        await using var validation = new ShardSeries(store, DatasetSplit.Validation, chunk);
        await using var test = new ShardSeries(store, DatasetSplit.Test, chunk);
        var pretraining = scan.Task == TuningTask.Pretraining;
        var tokenizer = new ExampleTokenizer(rendering.Tokenizer, everything: pretraining);
        var rule = new LengthRule(scan.ContextLength, scan.Split.Overlong, cutIntoPieces: pretraining);
        var tokens = new TokenSequence();
        List<IReadOnlyList<TextSegment>> samples = [];
        for (var i = 0; await reader.NextAsync(cancellation); i++)
        {
            if (splits[i] == SplitDecider.LeftOut || rendering.Render(reader.Example, new LineProblems(log, reader.Line)) is not { } rendered)
            {
                continue;
            }

            var split = (DatasetSplit)splits[i];
            tokenizer.Tokenize(rendered, tokens);
            if (tokens.Count > scan.ContextLength && !pretraining && scan.Split.Overlong == OverlongRule.Reject)
            {
                log.Add(reader.Line, null, $"an example of {tokens.Count} tokens", $"at most {scan.ContextLength} tokens, the context length",
                    "Shorten it, raise hyperparameters.contextLength, or set \"split\": {\"overlong\": \"truncate\"} in tuning.json.");
                continue;
            }

            var series = split == DatasetSplit.Train ? train : split == DatasetSplit.Test ? test : validation;
            var kept = false;
            foreach (var range in rule.Apply(tokens))
            {
                kept = true;
                await series.AddAsync(tokens, range, cancellation);
            }

            if (kept && split == DatasetSplit.Train && samples.Count < Samples)
            {
                samples.Add(rendered.Segments);
            }

            if (kept)
            {
                await series.AddHeldAsync(rendered, cancellation);
            }
        }

        return new(
            await train.FinishAsync(cancellation),
            await validation.FinishAsync(cancellation),
            await test.FinishAsync(cancellation),
            rule.Truncated, rule.Dropped, rule.Histogram, samples, log.Count, log.Problems);
    }
}
