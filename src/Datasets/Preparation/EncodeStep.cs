using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Examples;
using ServerlessTuning.Datasets.Formats;
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
        await using var series = new SplitSeries(store, chunk, scan.Task);
        var rule = new LengthRule(scan.ContextLength, scan.Split.Overlong, cutIntoPieces: scan.Task == TuningTask.Pretraining);
        var encoder = await EncoderAsync(scan, rule, cancellation);
        List<IReadOnlyList<TextSegment>> samples = [];
        for (var i = 0; await reader.NextAsync(cancellation); i++)
        {
            if (splits[i] == SplitDecider.LeftOut)
            {
                continue;
            }

            var split = (DatasetSplit)splits[i];
            foreach (var (piece, encoded) in encoder.Encode(reader.Example, new LineProblems(log, reader.Line)).Index())
            {
                await series[split].AddAsync(encoded, cancellation);
                if (piece == 0 && split == DatasetSplit.Train && samples.Count < Samples)
                {
                    samples.Add(encoded.Shown);
                }
            }
        }

        return new(
            await series[DatasetSplit.Train].FinishAsync(cancellation),
            await series[DatasetSplit.Validation].FinishAsync(cancellation),
            await series[DatasetSplit.Test].FinishAsync(cancellation),
            rule.Truncated, rule.Dropped, rule.Histogram, samples, log.Count, log.Problems);
    }

    private async Task<IExampleEncoder> EncoderAsync(DatasetScan scan, LengthRule rule, CancellationToken cancellation) => scan.Task switch
    {
        TuningTask.Classification => new LabelEncoder(rendering.Tokenizer, rule, await LabelsAsync(cancellation)),
        TuningTask.TokenClassification => new TagEncoder(rendering.Tokenizer, rule, await LabelsAsync(cancellation)),
        TuningTask.MaskedLanguage => new MaskedEncoder(rendering.Tokenizer, rule),
        TuningTask.SequenceToSequence => new SourceTargetEncoder(rendering.Tokenizer, rule, scan.DecoderStart!.Value),
        TuningTask.Preference when scan.Kind == ExampleKind.Judged => new JudgedEncoder(rendering, rule),
        TuningTask.Preference or TuningTask.Reward => new PreferenceEncoder(rendering, rule),
        TuningTask.Reinforcement => new QuestionEncoder(rendering, rule),
        _ => new LanguageEncoder(rendering, rule, everything: scan.Task == TuningTask.Pretraining),
    };

    private async Task<LabelSet> LabelsAsync(CancellationToken cancellation) => (await store.ReadJsonAsync<Decided>(WorkFiles.Decided, cancellation)).Labels!;
}
