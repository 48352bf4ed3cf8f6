using Microsoft.Data.Sqlite;

namespace ServerlessTuning.Embedded.DurableTask.Storage;

/// <summary>The history's file took a change not: nothing of it was kept.</summary>
internal sealed class UnwritableException(string path, SqliteException reason) : IOException(
    $"The durable history {path} cannot be written: {reason.Message} Nothing of the change was kept. Is the disk full, or was the file or its folder made read-only? "
    + "Mend that and try again; what was taken before goes on by itself.", reason);
