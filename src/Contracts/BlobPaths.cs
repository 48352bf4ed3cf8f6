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

    public static string Adapter(string model, int version) => $"{Version(model, version)}adapter/";

    public static string Versions(string model) => $"{model}/versions/";

    public static string Alias(string model, string alias) => $"{model}/aliases/{alias}.json";

    /// <summary>Written last; a version without it is not there.</summary>
    public static string Manifest(string model, int version) => Version(model, version) + "manifest.json";

    /// <summary>Markers by which runs take version numbers, one blob a number.</summary>
    public static string Claims(string model) => $"{model}/claims/";

    public static string Claim(string model, int version) => $"{Claims(model)}{version}.json";

    // In the container "runs"

    /// <summary>The body of the <c>POST /runs</c> that started the run; a run started by a drop has none.</summary>
    public static string Asked(string run) => $"{run}/asked.json";

    /// <summary>Which run tunes these files with this request.</summary>
    public static string ByContent(string fingerprint) => $"by-content/{fingerprint}.json";

    /// <summary>One line an event of the run's life.</summary>
    public static string Events(string run) => $"{run}/events.jsonl";

    /// <summary>Which version the run publishes.</summary>
    public static string Publication(string run) => $"{run}/publication.json";

    public static string Request(string run) => $"{run}/request.json";

    public static string Plan(string run) => $"{run}/plan.json";

    public static string Result(string run) => $"{run}/result.json";

    public static string Metrics(string run) => $"{run}/metrics.jsonl";

    /// <summary>The same as a table: a row a step.</summary>
    public static string MetricsTable(string run) => $"{run}/{MetricsTableFile}";

    public const string MetricsTableFile = "metrics.csv";

    public static string Dataset(string run) => $"{run}/dataset/";

    public static string DatasetReport(string run) => $"{run}/dataset/report.json";

    public static string Order(string run, int attempt) => $"{run}/attempts/{attempt}/order.json";

    public static string Lease(string run, int attempt) => $"{run}/attempts/{attempt}/lease.json";

    /// <summary>Somebody wants the attempt's trainer to write a checkpoint and leave.</summary>
    public static string Stop(string run, int attempt) => $"{run}/attempts/{attempt}/stop.json";

    public static string Attempts(string run) => $"{run}/attempts/";

    /// <summary>The machines that an attempt asked for.</summary>
    public static string Machine(string run, int attempt) => $"{run}/attempts/{attempt}/machine.json";

    /// <summary>Markers of the runs whose machines may still cost, one blob a run.</summary>
    public static string Costing(string owner) => $"compute/costing/{owner}/";

    /// <summary>Machines that were refused lately, for all runs.</summary>
    public const string Refusals = "compute/refusals.json";

    /// <summary>What machines cost, as a timer found it in the public price list.</summary>
    public const string Prices = "compute/prices.json";

    /// <summary>What the durable backend knew of an orchestration before it was purged.</summary>
    public static string Archived(string instance) => $"archive/{instance}.json";

    /// <summary>The blobs that the blob trigger gave up, as a timer found them in its queue.</summary>
    public const string Poison = "poison.json";

    public static string Heartbeat(string run, int attempt) => $"{run}/attempts/{attempt}/heartbeat.json";

    public static string Done(string run, int attempt) => $"{run}/attempts/{attempt}/done.json";

    public static string Log(string run, int attempt) => $"{run}/attempts/{attempt}/log.txt";

    public static string Checkpoints(string run) => $"{run}/checkpoints/";

    public static string LatestCheckpoint(string run) => $"{run}/checkpoints/latest.json";

    public static string Evaluation(string run) => $"{run}/evaluation/report.json";

    /// <summary>What publishing copies: <c>adapter/</c>, <c>merged/</c>, <c>README.md</c>.</summary>
    public static string Artifacts(string run) => $"{run}/artifacts/";
}
