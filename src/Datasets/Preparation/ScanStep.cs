using System.IO.Compression;
using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Checkpoints;
using ServerlessTuning.Datasets.Formats;
using ServerlessTuning.Datasets.Validation;

namespace ServerlessTuning.Datasets.Preparation;

/// <summary>
/// The first step: unpacks .gz files, tells formats, and cuts the files into chunks. Run twice it writes the same files again.
/// </summary>
public sealed class ScanStep(IPreparationStore store, long chunkBytes = ScanStep.DefaultChunkBytes)
{
    /// <summary>Source bytes that one activity works on: some seconds of work, some tens of megabytes of memory.</summary>
    public const long DefaultChunkBytes = 8 << 20;

    /// <summary>For programs that were built without Directory.Build.props, which sets it earlier: then it counts only if nothing was unpacked before.</summary>
    static ScanStep() => AppContext.SetSwitch("System.IO.Compression.UseStrictValidation", true);

    /// <returns>What <c>work/scan.json</c> now holds.</returns>
    public async Task<DatasetScan> RunAsync(FrozenRequest request, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        List<DatasetProblem> problems = [];
        List<ScannedFile> files = [];
        List<Chunk> chunks = [];
        foreach (var file in request.Files.OrderByDescending(static file => file.Split).ThenBy(static file => file.Name, StringComparer.Ordinal))
        {
            var log = new ProblemLog(Path.GetFileName(file.Name));
            var scanned = new ScannedFile(file, null, file.Bytes, null);
            try
            {
                scanned = await ScanFileAsync(scanned, files.Count, request.Request.Task, log, cancellation);
                chunks.AddRange(await CutAsync(scanned, files.Count, cancellation));
            }
            catch (InvalidDataException error)
            {
                log.Add(null, null, $"a .gz file that cannot be unpacked ({error.Message})", "a whole gzip file", "Pack it again and upload it again.");
            }
            catch (DatasetChangedException)
            {
                log.AddChanged();
            }

            files.Add(scanned);
            problems.AddRange(log.Problems);
        }

        if (!request.Files.Any(static file => file.Split == DatasetSplit.Train))
        {
            problems.Add(new("train.*", null, null, "no training file", "train.jsonl, train.csv, train.tsv or train.txt, .gz too", "Upload it into the dataset's folder."));
        }

        var asked = request.Request;
        var baseModel = await BaseFiles.ReadAsync(store, cancellation);
        var context = baseModel.ContextLength(asked.Hyperparameters?.ContextLength, problems);
        var model = baseModel.Model(problems);
        BaseRendering.Open(baseModel, files.Any(static file => file.HoldsChats), problems);
        var task = TaskOf(asked.Task, model, files, problems);
        var scan = new DatasetScan(task, context, SharesFor(request), files, chunks, problems, asked.Labels ?? model?.Labels?.OwnNames, model?.SequenceToSequence?.DecoderStartTokenId);
        await store.WriteJsonAsync(WorkFiles.Scan, scan, cancellation);
        return scan;
    }

    private async Task<ScannedFile> ScanFileAsync(ScannedFile file, int index, TuningTask? task, ProblemLog log, CancellationToken cancellation)
    {
        var name = file.Name;
        if (name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
        {
            file = await UnpackAsync(file.File, index, cancellation);
            name = name[..^3];
        }

        return file with { Format = FormatDetection.Detect(Path.GetFileName(name), await ReadHeadAsync(file, cancellation), log, task) };
    }

    private async Task<ScannedFile> UnpackAsync(DatasetFile file, int index, CancellationToken cancellation)
    {
        await using var packed = await store.OpenSourceAsync(file, 0, cancellation);
        await using var unpacking = new GZipStream(packed, CompressionMode.Decompress);
        await using var unpacked = await store.CreateAsync(WorkFiles.Unpacked(index), cancellation);
        var buffer = new byte[1 << 20];
        long bytes = 0;
        int read;
        while ((read = await unpacking.ReadAsync(buffer, cancellation)) > 0)
        {
            await unpacked.WriteAsync(buffer.AsMemory(0, read), cancellation);
            bytes += read;
        }

        return new(file, WorkFiles.Unpacked(index), bytes, null);
    }

    private async Task<byte[]> ReadHeadAsync(ScannedFile file, CancellationToken cancellation)
    {
        await using var stream = await store.OpenTextAsync(file, 0, cancellation);
        var head = new byte[Math.Min(file.Bytes, FormatDetection.HeadBytes)];
        var read = await stream.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellation);
        return head[..read];
    }

    /// <summary>Lines can be cut anywhere: a chunk owns those that begin in its range. Records and passages are cut where one begins, found by going through the file once.</summary>
    private async Task<IEnumerable<Chunk>> CutAsync(ScannedFile file, int index, CancellationToken cancellation)
    {
        if (file.Format is null)
        {
            return [];
        }

        List<long> cuts = [0];
        if (file.Format.Layout == FileLayout.JsonLines)
        {
            while (file.Bytes - cuts[^1] > chunkBytes)
            {
                cuts.Add(cuts[^1] + chunkBytes);
            }
        }
        else if (file.Bytes > chunkBytes)
        {
            await FindCutsAsync(file, cuts, cancellation);
        }

        return cuts.Zip([.. cuts.Skip(1), file.Bytes], (begin, end) => new Chunk(index, begin, end));
    }

    private async Task FindCutsAsync(ScannedFile file, List<long> cuts, CancellationToken cancellation)
    {
        var stream = await store.OpenTextAsync(file, 0, cancellation);
        using var reader = ExampleReaders.Open(file.Format!, stream, 0, file.Bytes, endsFile: true, new ProblemLog(file.Name));
        while (await reader.NextAsync(cancellation))
        {
            if (reader.Offset - cuts[^1] >= chunkBytes)
            {
                cuts.Add(reader.Offset);
            }
        }
    }

    private static TuningTask TaskOf(TuningTask? asked, ModelConfig? model, List<ScannedFile> files, List<DatasetProblem> problems)
    {
        var formats = files.Where(static file => file.Format is not null).ToList();
        var kinds = formats.OrderBy(static file => file.File.Split).Select(static file => file.Format!.Kind).ToList(); // the training file's first
        var task = asked ?? (kinds.Count == 0 ? TuningTask.Supervised : TaskRules.TaskFor(kinds.Find(static kind => kind != ExampleKind.Text) is var said and not ExampleKind.Chat ? said : kinds[0], model?.Task));
        problems.AddRange(formats.Select(file => TaskRules.Objection(task, file.Name, file.Format!.Kind)).OfType<DatasetProblem>());
        if (model is not null && TaskRules.Objection(task, model) is { } unfit)
        {
            problems.Add(unfit);
        }

        return task;
    }

    /// <summary>Nothing is held out of the training file for a split that has files of its own.</summary>
    private static SplitRequest SharesFor(FrozenRequest request)
    {
        var asked = request.Request.Split ?? new();
        return asked with
        {
            Validation = request.Files.Any(static file => file.Split == DatasetSplit.Validation) ? 0 : asked.Validation,
            Test = request.Files.Any(static file => file.Split == DatasetSplit.Test) ? 0 : asked.Test,
        };
    }
}
