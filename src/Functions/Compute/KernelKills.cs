namespace ServerlessTuning.Functions.Compute;

/// <summary>Processes that the kernel has killed since boot because memory ran out: <c>oom_kill</c> of /proc/vmstat, which counts those of containers too.</summary>
internal static class KernelKills
{
    private const string Counter = "oom_kill ";

    /// <returns>Null where the kernel does not say.</returns>
    public static long? Count()
    {
        try
        {
            return File.ReadLines("/proc/vmstat").FirstOrDefault(line => line.StartsWith(Counter, StringComparison.Ordinal)) is { } line ? long.Parse(line[Counter.Length..]) : null;
        }
        catch (IOException)
        {
            return null; // no /proc on this system
        }
    }
}
