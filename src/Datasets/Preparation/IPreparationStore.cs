using ServerlessTuning.Contracts;

namespace ServerlessTuning.Datasets.Preparation;

/// <summary>Where preparation reads and writes: blobs on the Functions side, folders for the command line.</summary>
public interface IPreparationStore
{
    /// <summary>Opens a dataset's file at an offset.</summary>
    /// <exception cref="DatasetChangedException">The file is no longer the one whose ETag the request froze, or is gone.</exception>
    Task<Stream> OpenSourceAsync(DatasetFile file, long offset, CancellationToken cancellation);

    /// <summary>Opens a file below <c>runs/{run}/dataset/</c> at an offset; null when there is none.</summary>
    Task<Stream?> OpenAsync(string path, long offset, CancellationToken cancellation);

    /// <summary>Writes a file below <c>runs/{run}/dataset/</c>; one that is there is replaced once the stream is closed.</summary>
    Task<Stream> CreateAsync(string path, CancellationToken cancellation);

    /// <summary>Deletes all files below <c>runs/{run}/dataset/{folder}</c>.</summary>
    Task DeleteFolderAsync(string folder, CancellationToken cancellation);

    /// <summary>Reads a text file of the base model's folder, such as <c>tokenizer.json</c>; null when there is none.</summary>
    Task<string?> ReadBaseAsync(string name, CancellationToken cancellation);
}

/// <summary>A dataset's file is no longer the one that the run froze.</summary>
public sealed class DatasetChangedException(DatasetFile file, Exception? inner = null)
    : Exception($"{file.Name} changed or was removed after the run had started (it froze ETag {file.ETag}).", inner)
{
    public DatasetFile File { get; } = file;
}
