namespace ServerlessTuning.Embedded.DurableTask;

/// <summary>One execution of an orchestration as an engine has recorded it: all that is needed to replay it elsewhere.</summary>
/// <param name="Input">JSON.</param>
/// <param name="Events">Oldest first; of an instance that still runs, up to its latest step.</param>
public sealed record RecordedHistory(
    string InstanceId, string Name, string Version, string? Input, string? ParentId, string? ParentName, IReadOnlyList<HistoryEntry> Events);
