namespace ServerlessTuning.Embedded.DurableTask.Storage;

/// <summary>What a commit has brought, for those who wait.</summary>
internal sealed class Signals
{
    /// <summary>Instances with something to read.</summary>
    public List<string> Woken { get; } = [];

    public List<WorkItem> Work { get; } = [];

    /// <summary>Instances whose status has changed.</summary>
    public List<string> Changed { get; } = [];

    public List<(string Instance, DateTime Due)> Timers { get; } = [];

    public void Add(Signals other)
    {
        Woken.AddRange(other.Woken);
        Work.AddRange(other.Work);
        Changed.AddRange(other.Changed);
        Timers.AddRange(other.Timers);
    }
}
