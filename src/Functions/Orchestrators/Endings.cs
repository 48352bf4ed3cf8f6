using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Activities;
using ServerlessTuning.Functions.Planning;

namespace ServerlessTuning.Functions.Orchestrators;

/// <summary>The ways a run ends.</summary>
internal static class Endings
{
    private const int MostProblems = 20;

    public static RunResult Rejected(string reason, IReadOnlyList<DatasetProblem>? problems = null) =>
        new(Outcome.Rejected, ErrorText.Cut(reason), Problems: problems is null ? null : [.. problems.Take(MostProblems)]);

    public static RunResult RejectedDataset(string run, DatasetReport report) => Rejected(
        $"The dataset cannot be used: {report.ProblemCount} {(report.ProblemCount == 1 ? "problem" : "problems")}. All of them are in {BlobPaths.Runs}/{BlobPaths.DatasetReport(run)}.", report.Problems);

    public static RunResult SameAs(string other) =>
        new(Outcome.Cancelled, $"Run {other} tunes the same files with the same request already; another trigger of the same drop came first.", SameAs: other);

    public static RunResult Cancelled(string reason) => new(Outcome.Cancelled, ErrorText.Cut(reason));

    public static RunResult OverBudget(string reason) => new(Outcome.OverBudget, ErrorText.Cut(reason));

    public static RunResult Failed(string reason) => new(Outcome.Failed, ErrorText.Cut(reason));

    public static RunResult NotPublished(string reason, Evaluated scores) => new(Outcome.NotPublished, reason, Base: scores.Base, Tuned: scores.Tuned);

    public static RunResult Published(Publishing published, Evaluated scores) => new(Outcome.Published, null, published.Version, published.Path, scores.Base, scores.Tuned);
}
