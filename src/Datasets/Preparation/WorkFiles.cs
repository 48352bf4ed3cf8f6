using System.Text.Json;
using ServerlessTuning.Contracts;

namespace ServerlessTuning.Datasets.Preparation;

/// <summary>What the steps of preparation hand to each other, in the folder <c>work</c> of the run's <c>dataset</c>; gone when the report is written.</summary>
internal static class WorkFiles
{
    public const string Folder = "work/";

    public const string Scan = Folder + "scan.json";

    public const string Decided = Folder + "decided.json";

    public static string Unpacked(int file) => $"{Folder}unpacked-{file}";

    public static string Survey(int chunk) => $"{Folder}survey-{chunk:00000}.json";

    public static string Fingerprints(int chunk) => $"{Folder}fingerprints-{chunk:00000}";

    public static string Splits(int chunk) => $"{Folder}splits-{chunk:00000}";

    public static string Tokens(int chunk) => $"{Folder}tokens-{chunk:00000}.json";

    public static string Held(DatasetSplit split, int chunk) => $"{Folder}{Name(split)}-{chunk:00000}.jsonl";

    public static string Name(DatasetSplit split) => split.ToString().ToLowerInvariant();

    public static async Task<T> ReadJsonAsync<T>(this IPreparationStore store, string path, CancellationToken cancellation)
    {
        await using var stream = await store.OpenAsync(path, 0, cancellation)
            ?? throw new FileNotFoundException($"{path} is missing in the run's dataset folder; the step that writes it has to run first.");
        return (await JsonSerializer.DeserializeAsync<T>(stream, TuningJson.Options, cancellation))!;
    }

    public static async Task WriteJsonAsync<T>(this IPreparationStore store, string path, T document, CancellationToken cancellation, JsonSerializerOptions? options = null)
    {
        await using var stream = await store.CreateAsync(path, cancellation);
        await JsonSerializer.SerializeAsync(stream, document, options ?? TuningJson.Options, cancellation);
    }

    public static async Task<byte[]> ReadBytesAsync(this IPreparationStore store, string path, CancellationToken cancellation)
    {
        await using var stream = await store.OpenAsync(path, 0, cancellation)
            ?? throw new FileNotFoundException($"{path} is missing in the run's dataset folder; the step that writes it has to run first.");
        using var bytes = new MemoryStream();
        await stream.CopyToAsync(bytes, cancellation);
        return bytes.ToArray();
    }
}
