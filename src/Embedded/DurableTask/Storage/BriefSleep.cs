using System.Runtime.InteropServices;

namespace ServerlessTuning.Embedded.DurableTask.Storage;

/// <summary>
/// SQLite's file layer with waits of the length that was asked for. SQLitePCLRaw 2.0.6 brings a SQLite that was built without usleep and rounds every wait up to
/// a second, so two readers that met for microseconds stood still for one, and everybody behind them. A copy of the default layer with another xSleep becomes
/// the default. Source: sqlite.org/c3ref/vfs.html; os_unix.c, unixSleep.
/// </summary>
internal static partial class BriefSleep
{
    private static readonly SleepFunction Sleep = (_, microseconds) =>
    {
        Thread.Sleep(TimeSpan.FromMilliseconds(Math.Ceiling(microseconds / 1000.0)));
        return microseconds;
    };

    /// <returns>Microseconds slept.</returns>
    internal delegate int SleepFunction(nint vfs, int microseconds);

    /// <summary>Once in a process, before the first connection.</summary>
    public static void Use()
    {
        var layer = Current;
        layer.Version = Math.Min(layer.Version, Layer.KnownVersion);
        layer.Name = Marshal.StringToHGlobalAnsi("brief-sleep"); // never freed: SQLite keeps it
        layer.Sleep = Marshal.GetFunctionPointerForDelegate(Sleep);
        var copy = Marshal.AllocHGlobal(Marshal.SizeOf<Layer>());
        Marshal.StructureToPtr(layer, copy, fDeleteOld: false);
        if (Register(copy, makeDefault: 1) is not 0 and var error)
        {
            throw new InvalidOperationException($"SQLite does not take a file layer (error {error}).");
        }
    }

    /// <summary>The layer that new connections use.</summary>
    internal static Layer Current => Marshal.PtrToStructure<Layer>(Find(0));

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_vfs_find")]
    private static partial nint Find(nint name);

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_vfs_register")]
    private static partial int Register(nint vfs, int makeDefault);

    /// <summary>struct sqlite3_vfs, as far as its third version goes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Layer
    {
        public const int KnownVersion = 3;

        public int Version, OsFileSize, LongestPath;
        public nint Next, Name, AppData, Open, Delete, Access, FullPathname, DlOpen, DlError, DlSym, DlClose, Randomness, Sleep, CurrentTime, GetLastError,
            CurrentTimeInt64, SetSystemCall, GetSystemCall, NextSystemCall;
    }
}
