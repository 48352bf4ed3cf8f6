namespace ServerlessTuning.Contracts;

/// <summary>How a run ended: the orchestration's output and <c>result.json</c>.</summary>
/// <param name="Reason">A sentence for people; null when published.</param>
/// <param name="Version">The published version; null otherwise.</param>
/// <param name="Path">Where the published files are, <c>models/{model}/versions/{n}/</c>; null otherwise.</param>
/// <param name="Base">The base model's score on the held-out split; null when it did not come so far.</param>
/// <param name="Tuned">The tuned model's.</param>
/// <param name="Problems">Of a rejected dataset or request; at most 20 here, all of them in the dataset report.</param>
/// <param name="SameAs">The run that does the work, when another trigger froze the same files first; the outcome is then cancelled.</param>
/// <param name="Bill">What its machines cost; null when it had none.</param>
public sealed record RunResult(
    Outcome Outcome,
    string? Reason = null,
    int? Version = null,
    string? Path = null,
    ModelScore? Base = null,
    ModelScore? Tuned = null,
    IReadOnlyList<DatasetProblem>? Problems = null,
    string? SameAs = null,
    Bill? Bill = null);

public enum Outcome
{
    Published,
    NotPublished,
    Rejected,
    OverBudget,
    Cancelled,
    EvictedTooOften,
    Failed,
}

/// <summary>The run's custom status: what the Durable status API shows while it goes on.</summary>
/// <param name="Stage">preparing, planning, starting, train, evaluate, export, paused, gate, publishing, done.</param>
/// <param name="Message">While paused: the question, and how to answer it.</param>
/// <param name="Bill">What the run's machines cost so far; null when it has none.</param>
public sealed record RunStatus(
    string Stage, int? Step = null, int? TotalSteps = null, double? Loss = null, double? ValidationLoss = null,
    double? TokensPerSecond = null, double? SecondsLeft = null, int? Attempt = null, string? Message = null, Bill? Bill = null);

/// <summary>One line of <c>events.jsonl</c>.</summary>
public sealed record RunEvent(DateTimeOffset At, string Event, string? Message = null);

/// <summary>What lies in a published version: <c>manifest.json</c>.</summary>
public sealed record Manifest(string Model, int Version, string RunId, DateTimeOffset PublishedAt, string Base, IReadOnlyList<ManifestFile> Files);

/// <param name="Path">Below the version's folder.</param>
/// <param name="Sha256">Lower-case hex.</param>
public sealed record ManifestFile(string Path, long Bytes, string Sha256);

/// <summary>An alias of a model: <c>aliases/{alias}.json</c>.</summary>
public sealed record ModelAlias(int Version);
