using ServerlessTuning.Datasets.Examples;
using ServerlessTuning.Datasets.Formats;
using ServerlessTuning.Datasets.Validation;

namespace ServerlessTuning.Datasets.Preparation;

/// <summary>Opens a scanned file's text, whether it lies in the drop zone or was unpacked.</summary>
internal static class StoreReading
{
    public static async Task<Stream> OpenTextAsync(this IPreparationStore store, ScannedFile file, long offset, CancellationToken cancellation) =>
        file.Unpacked is { } unpacked
            ? await store.OpenAsync(unpacked, offset, cancellation) ?? throw new FileNotFoundException($"{unpacked} is missing in the run's dataset folder.")
            : await store.OpenSourceAsync(file.File, offset, cancellation);

    /// <summary>Opens the examples that a chunk owns.</summary>
    public static async Task<IExampleReader> OpenExamplesAsync(this IPreparationStore store, DatasetScan scan, int chunk, ProblemLog log, CancellationToken cancellation)
    {
        var (index, begin, end) = scan.Chunks[chunk];
        var file = scan.Files[index];
        var stream = await store.OpenTextAsync(file, LineReader.ReadFrom(begin), cancellation);
        return ExampleReaders.Open(file.Format!, stream, begin, end, endsFile: end == file.Bytes, log);
    }
}
