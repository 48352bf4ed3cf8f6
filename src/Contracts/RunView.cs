namespace ServerlessTuning.Contracts;

/// <summary>A run as the HTTP API shows it: <c>GET /runs/{id}</c>, and the items of <c>GET /runs</c>.</summary>
/// <param name="RuntimeStatus">The orchestration's: Pending, Running, Suspended, Completed, Failed, Terminated.</param>
/// <param name="Status">Stage and progress; null before the first.</param>
/// <param name="Result">Null until it ended.</param>
/// <param name="SameAs">The run that does the work, when another trigger froze the same files first.</param>
/// <param name="Links">Durable management links: statusQueryGetUri, terminatePostUri and so on, and cancelPostUri.</param>
public sealed record RunView(
    string Id,
    string? Dataset,
    string RuntimeStatus,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    RunStatus? Status,
    RunResult? Result,
    string? SameAs = null,
    IReadOnlyDictionary<string, string>? Links = null);

/// <summary><c>GET /runs</c>: newest first.</summary>
/// <param name="Continuation">For <c>GET /runs?continuation=…</c>; null on the last page.</param>
public sealed record RunList(IReadOnlyList<RunView> Runs, string? Continuation = null);
