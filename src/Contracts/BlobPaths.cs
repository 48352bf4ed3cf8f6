namespace ServerlessTuning.Contracts;

/// <summary>Containers, and names inside them. Everything the two halves say to each other lies at one of these.</summary>
public static class BlobPaths
{
    /// <summary>The drop zone: <c>{dataset}/train.jsonl</c>, <c>{dataset}/tuning.json</c>. Never written by the product.</summary>
    public const string Datasets = "datasets";

    /// <summary>Base models and published versions.</summary>
    public const string Models = "models";

    /// <summary>One folder a run.</summary>
    public const string Runs = "runs";

    // In the container "models"
    public static string Base(string model) => $"{model}/base/";

    public static string Version(string model, int version) => $"{model}/versions/{version}/";

    public static string Versions(string model) => $"{model}/versions/";

    public static string Alias(string model, string alias) => $"{model}/aliases/{alias}.json";

    // In the container "runs"
    public static string Request(string run) => $"{run}/request.json";

    public static string Plan(string run) => $"{run}/plan.json";

    public static string Result(string run) => $"{run}/result.json";

    public static string Metrics(string run) => $"{run}/metrics.jsonl";

    public static string Dataset(string run) => $"{run}/dataset/";

    public static string DatasetReport(string run) => $"{run}/dataset/report.json";

    public static string Order(string run, int attempt) => $"{run}/attempts/{attempt}/order.json";

    public static string Lease(string run, int attempt) => $"{run}/attempts/{attempt}/lease.json";

    public static string Heartbeat(string run, int attempt) => $"{run}/attempts/{attempt}/heartbeat.json";

    public static string Done(string run, int attempt) => $"{run}/attempts/{attempt}/done.json";

    public static string Log(string run, int attempt) => $"{run}/attempts/{attempt}/log.txt";

    public static string Checkpoints(string run) => $"{run}/checkpoints/";

    public static string LatestCheckpoint(string run) => $"{run}/checkpoints/latest.json";

    public static string Evaluation(string run) => $"{run}/evaluation/report.json";

    /// <summary>What publishing copies: <c>adapter/</c>, <c>merged/</c>, <c>README.md</c>.</summary>
    public static string Artifacts(string run) => $"{run}/artifacts/";
}
