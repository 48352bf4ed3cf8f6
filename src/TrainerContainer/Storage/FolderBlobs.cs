using System.Security.Cryptography;

namespace ServerlessTuning.Trainer.Storage;

/// <summary>
/// A local folder as storage: containers are its folders, blobs their files. Every write is a file beside the old one and a rename, so a
/// reader sees the old or the new, also after kill -9; conditional writes hold a lock file. The ETag of a small file is its hash,
/// of a large one its length and time.
/// </summary>
public sealed class FolderBlobs(string root, TimeProvider clock) : IBlobStore
{
    /// <summary>Ending of what is still being written; not listed.</summary>
    public const string Partial = ".partial";

    private const int SmallBytes = 1 << 20;

    public async Task<BlobDocument?> Read(string container, string name, CancellationToken cancellation)
    {
        try
        {
            var content = await File.ReadAllBytesAsync(Place(container, name), cancellation);
            return new(content, Hash(content));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    public Task<BlobFacts?> Find(string container, string name, CancellationToken cancellation)
    {
        var file = new FileInfo(Place(container, name));
        return Task.FromResult(file.Exists ? Facts(file, name) : null);
    }

    public Task<IReadOnlyList<BlobFacts>> List(string container, string prefix, CancellationToken cancellation)
    {
        var folder = new DirectoryInfo(Place(container, ""));
        IReadOnlyList<BlobFacts> found = !folder.Exists ? [] : [.. folder.EnumerateFiles("*", SearchOption.AllDirectories)
            .Select(file => (File: file, Name: Path.GetRelativePath(folder.FullName, file.FullName).Replace(Path.DirectorySeparatorChar, '/')))
            .Where(item => item.Name.StartsWith(prefix, StringComparison.Ordinal) && !item.Name.EndsWith(Partial, StringComparison.Ordinal))
            .OrderBy(item => item.Name, StringComparer.Ordinal)
            .Select(item => Facts(item.File, item.Name))];
        return Task.FromResult(found);
    }

    public async Task Write(string container, string name, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        using var held = await Lock(cancellation);
        await Replace(Place(container, name), content, cancellation);
    }

    public async Task<bool> TryReplace(string container, string name, ReadOnlyMemory<byte> content, string? expectedETag, CancellationToken cancellation)
    {
        using var held = await Lock(cancellation);
        if ((await Read(container, name, cancellation))?.ETag != expectedETag)
        {
            return false;
        }

        await Replace(Place(container, name), content, cancellation);
        return true;
    }

    public async Task Upload(string container, string name, string file, CancellationToken cancellation) =>
        await Copy(file, Place(container, name), cancellation);

    public async Task Download(string container, string name, string file, CancellationToken cancellation)
    {
        var source = Place(container, name);
        if (!File.Exists(source))
        {
            throw new FileNotFoundException($"There is no blob {name} in the container {container} ({source}).", source);
        }

        await Copy(source, file, cancellation);
    }

    public Task Delete(string container, string name, CancellationToken cancellation)
    {
        var file = Place(container, name);
        if (File.Exists(file))
        {
            File.Delete(file);
            RemoveEmptyFolders(Path.GetDirectoryName(file)!, Place(container, ""));
        }

        return Task.CompletedTask;
    }

    /// <summary>Blob storage has no folders: one that holds nothing is not there.</summary>
    private static void RemoveEmptyFolders(string folder, string container)
    {
        try
        {
            for (; folder.Length > container.Length && !Directory.EnumerateFileSystemEntries(folder).Any(); folder = Path.GetDirectoryName(folder)!)
            {
                Directory.Delete(folder);
            }
        }
        catch (IOException)
        {
            // Someone writes into it just now: it is not empty after all.
        }
    }

    private static async Task Replace(string file, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllBytesAsync(file + Partial, content, cancellation);
        File.Move(file + Partial, file, overwrite: true);
    }

    private static async Task Copy(string from, string to, CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        await using (var source = File.OpenRead(from))
        await using (var target = File.Create(to + Partial))
        {
            await source.CopyToAsync(target, 1 << 20, cancellation);
        }

        File.Move(to + Partial, to, overwrite: true);
    }

    /// <summary>One writer of documents at a time, over all processes.</summary>
    private async Task<FileStream> Lock(CancellationToken cancellation)
    {
        Directory.CreateDirectory(root);
        var began = clock.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(Path.Combine(root, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (clock.GetElapsedTime(began) < TimeSpan.FromSeconds(30))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(5), clock, cancellation);
            }
        }
    }

    private string Place(string container, string name)
    {
        var folder = Path.Combine(root, container);
        var file = Path.GetFullPath(Path.Combine(folder, name));
        return name.Length == 0 ? folder : file.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal) ? file
            : throw new ArgumentException($"The blob name {name} leads out of the container {container}.", nameof(name));
    }

    private BlobFacts Facts(FileInfo file, string name) =>
        new(name, file.Length, ETag(file), new DateTimeOffset(file.LastWriteTimeUtc), clock.GetUtcNow());

    private static string ETag(FileInfo file) =>
        file.Length <= SmallBytes ? Hash(File.ReadAllBytes(file.FullName)) : $"\"{file.Length:x}-{file.LastWriteTimeUtc.Ticks:x}\"";

    private static string Hash(byte[] content) => $"\"{Convert.ToHexStringLower(SHA256.HashData(content), 0, 16)}\"";
}
