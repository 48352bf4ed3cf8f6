namespace ServerlessTuning.Embedded.DurableTask.Storage;

/// <summary>Keeps a second engine off the same history; the system lets go when the process ends, however it ends.</summary>
internal sealed class FileLock : IDisposable
{
    private readonly FileStream held;

    /// <exception cref="IOException">Another engine holds <paramref name="database"/>.</exception>
    public FileLock(string database)
    {
        try
        {
            held = new FileStream(database + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException taken) when (File.Exists(database + ".lock"))
        {
            throw new IOException(
                $"The durable history {database} is in use: another engine, in this process or another one, holds {database}.lock. "
                + "One engine at a time may hold it. Stop the other one, or give this one another file.", taken);
        }
    }

    public void Dispose() => held.Dispose();
}
