using System.ComponentModel.DataAnnotations;

namespace ServerlessTuning.Functions.Options;

/// <summary>Settings of the section <c>Tuning</c>; as environment variables <c>Tuning__Storage</c> and so on.</summary>
public sealed class TuningOptions : IValidatableObject
{
    public const string Section = "Tuning";

    /// <summary>A connection string, or the blob service's https URI (then with the app's identity). Default: the setting <c>AzureWebJobsStorage</c>.</summary>
    public string Storage { get; set; } = "";

    /// <summary>Base model of requests that name none, <c>models/{base}/base/</c>. Default: none, so each request must name one.</summary>
    public string? DefaultBase { get; set; }

    /// <summary>Where local trainers keep their files. Default: <c>serverless-tuning</c> in the system's temporary folder.</summary>
    [Required]
    public string Work { get; set; } = Path.Combine(Path.GetTempPath(), "serverless-tuning");

    /// <summary>The trainer's program. Default: found beside the app in the build's output.</summary>
    [Required]
    public string TrainerPath { get; set; } = BesideTheApp();

    /// <summary>How long a dataset's folder must have been unchanged before a run freezes it. Default 10.</summary>
    [Range(0, 3600)]
    public double SettleSeconds { get; set; } = 10;

    /// <summary>How often a run looks after its trainer, which also renews its lease. Default 15.</summary>
    [Range(0.2, 60)] // the trainer gives up after 120 s without a renewal
    public double PollSeconds { get; set; } = 15;

    /// <summary>A trainer whose heartbeat is older counts as lost. Default 180.</summary>
    [Range(5, 3600)]
    public double SilenceSeconds { get; set; } = 180;

    /// <summary>A trainer without any heartbeat this long after its start counts as lost. Default 900: loading a large model takes minutes.</summary>
    [Range(5, 7200)]
    public double StartSeconds { get; set; } = 900;

    /// <summary>How long a trainer may take to write a checkpoint and leave before it is killed. Default 30.</summary>
    [Range(0, 600)]
    public double StopSeconds { get; set; } = 30;

    /// <summary>How many days after its end an orchestration is archived and purged from the durable backend. Default 90.</summary>
    [Range(1, 3650)]
    public double HistoryDays { get; set; } = 90;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Storage.Length == 0)
        {
            yield return new($"{Section}:Storage is not set and neither is AzureWebJobsStorage. Give a storage connection string or the blob service's https:// URI.", [nameof(Storage)]);
        }
        else if (!Storage.Contains('=') && !Storage.StartsWith("https://", StringComparison.Ordinal))
        {
            yield return new($"{Section}:Storage is '{Storage}'; it must be a storage connection string or an https:// URI of a blob service.", [nameof(Storage)]);
        }
    }

    /// <summary>…/bin/Functions/release/ lies beside …/bin/TrainerContainer/release/.</summary>
    private static string BesideTheApp()
    {
        var own = AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar);
        return Path.GetFullPath(Path.Combine(own, "..", "..", "TrainerContainer", Path.GetFileName(own), "ServerlessTuning.Trainer.dll"));
    }
}
