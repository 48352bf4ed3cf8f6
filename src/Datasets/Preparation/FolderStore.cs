using ServerlessTuning.Contracts;

namespace ServerlessTuning.Datasets.Preparation;

/// <summary>Preparation without a storage account: a file, a base model's folder and a folder for what comes out.</summary>
/// <param name="baseFolder">In Hugging Face layout.</param>
/// <param name="output">Gets the layout of <c>runs/{run}/dataset/</c>.</param>
public sealed class FolderStore(string baseFolder, string output) : IPreparationStore
{
    /// <summary>A dataset's file is named by its path here; its ETag is not looked at.</summary>
    public Task<Stream> OpenSourceAsync(DatasetFile file, long offset, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(file);
        return Task.FromResult<Stream>(OpenAt(file.Name, offset));
    }

    public Task<Stream?> OpenAsync(string path, long offset, CancellationToken cancellation)
    {
        var file = Path.Combine(output, path);
        return Task.FromResult<Stream?>(File.Exists(file) ? OpenAt(file, offset) : null);
    }

    public Task<Stream> CreateAsync(string path, CancellationToken cancellation)
    {
        var file = Path.Combine(output, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        return Task.FromResult<Stream>(new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.Read, 1 << 16));
    }

    public Task DeleteFolderAsync(string folder, CancellationToken cancellation)
    {
        var path = Path.Combine(output, folder);
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }

        return Task.CompletedTask;
    }

    public async Task<string?> ReadBaseAsync(string name, CancellationToken cancellation)
    {
        var file = Path.Combine(baseFolder, name);
        return File.Exists(file) ? await File.ReadAllTextAsync(file, cancellation) : null;
    }

    private static FileStream OpenAt(string file, long offset)
    {
        var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);   // readers buffer themselves
        stream.Position = offset;
        return stream;
    }
}
