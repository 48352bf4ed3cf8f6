namespace ServerlessTuning.Embedded.DurableTask.Storage;

/// <summary>
/// Four tables. An orchestration step takes messages from the inbox, appends to the history, adds work and messages and
/// updates the instance, all in one transaction; so after a crash each of them is either wholly done or not begun.
/// Times are ticks of UTC.
/// </summary>
internal static class Schema
{
    private const long Version = 1;

    public static void Create(Database database, bool syncEachCommit = true)
    {
        // Write-ahead log: readers never wait. With a sync at each commit a committed step survives a power cut.
        database.Run("PRAGMA journal_mode = WAL");
        database.Run($"PRAGMA synchronous = {(syncEachCommit ? "FULL" : "NORMAL")}");
        var found = (long)database.Scalar("PRAGMA user_version")!;
        if (found > Version)
        {
            throw new InvalidDataException($"The durable history was written by a newer version of this program (layout {found}; this one knows {Version}). Run the newer version, or give this one another file.");
        }

        database.Run(
            $"""
            BEGIN;
            CREATE TABLE IF NOT EXISTS instances (
              id TEXT PRIMARY KEY,
              execution TEXT NOT NULL,           -- changes with each start and each continue-as-new under the same id
              name TEXT NOT NULL, version TEXT NOT NULL, status INTEGER NOT NULL,
              created INTEGER NOT NULL, updated INTEGER NOT NULL,
              input TEXT, output TEXT, custom_status TEXT, failure TEXT, tags TEXT,
              parent TEXT, parent_name TEXT, parent_execution TEXT, parent_task INTEGER
            ) WITHOUT ROWID;
            CREATE INDEX IF NOT EXISTS children ON instances (parent) WHERE parent IS NOT NULL;

            CREATE TABLE IF NOT EXISTS history (
              instance TEXT NOT NULL, number INTEGER NOT NULL, event TEXT NOT NULL,
              PRIMARY KEY (instance, number)
            ) WITHOUT ROWID;

            CREATE TABLE IF NOT EXISTS inbox (
              id INTEGER PRIMARY KEY AUTOINCREMENT,
              instance TEXT NOT NULL,
              execution TEXT,                    -- null: for whichever execution the instance is at
              due INTEGER NOT NULL,
              timed INTEGER NOT NULL,            -- 1: not before due (timers, starts at a time); 0: at once, and due only orders
              event TEXT NOT NULL
            );
            CREATE INDEX IF NOT EXISTS inbox_order ON inbox (instance, due, id);
            CREATE INDEX IF NOT EXISTS timers ON inbox (due) WHERE timed = 1;
            CREATE INDEX IF NOT EXISTS timers_of ON inbox (instance, json_extract(event, '$.TaskScheduledId')) WHERE timed = 1;

            CREATE TABLE IF NOT EXISTS work (
              id INTEGER PRIMARY KEY AUTOINCREMENT,
              instance TEXT NOT NULL, execution TEXT NOT NULL, task INTEGER NOT NULL, name TEXT NOT NULL, input TEXT
            );
            CREATE INDEX IF NOT EXISTS work_of ON work (instance);
            PRAGMA user_version = {Version};
            COMMIT;
            """);
    }
}
