using System.ComponentModel.DataAnnotations;
using Azure.Core;

namespace ServerlessTuning.Functions.Compute;

/// <summary>
/// Settings of the section <c>Tuning:Azure</c>; infra/ sets them all. Without <see cref="Subscription"/> trainers are processes of the app's own machine.
/// </summary>
public sealed class AzureOptions : IValidatableObject
{
    public const string Section = "Tuning:Azure";

    /// <summary>Id of the subscription that pays for the machines. Default: none, which means local trainers.</summary>
    public string Subscription { get; set; } = "";

    /// <summary>Name of the resource group that holds trainers and nothing else.</summary>
    public string ResourceGroup { get; set; } = "";

    /// <summary>Says which machines are this app's; a tag of each. Default <c>serverless-tuning</c>.</summary>
    [Required]
    public string Owner { get; set; } = "serverless-tuning";

    /// <summary>Where machines may run, the nearest to the storage first.</summary>
    public List<MachinePlace> Places { get; set; } = [];

    /// <summary>Resource id of the identity that the machines sign in with.</summary>
    public string TrainerIdentity { get; set; } = "";

    /// <summary>Client id of the same identity.</summary>
    public string TrainerIdentityClientId { get; set; } = "";

    /// <summary>The trainer's container image, <c>registry.azurecr.io/trainer:tag</c>.</summary>
    public string TrainerImage { get; set; } = "";

    /// <summary>
    /// <c>publisher:offer:sku:version</c> or a resource id. It must bring the NVIDIA driver and the container toolkit. Default: Microsoft's Ubuntu image for
    /// high-performance computing, which does (github.com/Azure/azhpc-images): it is made for A100 and H100. A T4 has not been seen with it; the NV sizes with an A10
    /// need the GRID driver, which it lacks. docs/operations.md has what to do.
    /// </summary>
    [Required]
    public string MachineImage { get; set; } = "microsoft-dsvm:ubuntu-hpc:2204:latest";

    /// <summary>Size of the machine's disk; it holds system, container image, base model and checkpoints. Default 128.</summary>
    [Range(32, 4096)]
    public int DiskGiB { get; set; } = 128;

    /// <summary>Whether cheap machines that may be taken away come first. Default true.</summary>
    public bool Spot { get; set; } = true;

    /// <summary>Sizes with their prices an hour. Default: <see cref="PriceTable.Default"/>; a timer refreshes the prices.</summary>
    public List<MachineSize> Sizes { get; set; } = [];

    /// <summary>How long a size that was refused somewhere is not asked for there again. Default 10.</summary>
    [Range(0, 1440)]
    public double RefusalMinutes { get; set; } = 10;

    /// <summary>How long a machine may take from its order to running. Default 10.</summary>
    [Range(0.01, 60)]
    public double StartMinutes { get; set; } = 10;

    /// <summary>What an estimate adds to the training: pulling the image, evaluation, export. Default 15.</summary>
    [Range(0, 600)]
    public double ChoresMinutes { get; set; } = 15;

    /// <summary>How long a trainer that is asked to stop may take to write a checkpoint before its machine is deleted. Default 120.</summary>
    [Range(0, 900)]
    public double StopSeconds { get; set; } = 120;

    /// <summary>Kept of a run's budget for the deletion itself, which is paid too. Default 180.</summary>
    [Range(0, 3600)]
    public double DeletionSeconds { get; set; } = 180;

    /// <summary>
    /// How long the machine of an attempt that failed stays, so that a person can look at it, within half of what is left of the budget. Default 0: not at all.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "7.00:00:00")]
    public TimeSpan KeepOnError { get; set; }

    /// <summary>A machine older than this is deleted whatever its run says. Default 168: a week.</summary>
    [Range(1, 2160)]
    public double MostHours { get; set; } = 168;

    /// <summary>Azure Resource Manager. Default: the public cloud's.</summary>
    [Required]
    public Uri ResourceManager { get; set; } = new("https://management.azure.com/");

    public bool IsConfigured => Subscription.Length > 0;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!IsConfigured)
        {
            yield break;
        }

        foreach (var (name, value) in new[] { (nameof(ResourceGroup), ResourceGroup), (nameof(TrainerImage), TrainerImage), (nameof(TrainerIdentity), TrainerIdentity), (nameof(TrainerIdentityClientId), TrainerIdentityClientId) })
        {
            if (value.Length == 0)
            {
                yield return new($"{Section}:{name} is not set, though {Section}:{nameof(Subscription)} is. infra/main.bicep sets it; by hand: {Section.Replace(":", "__", StringComparison.Ordinal)}__{name}.", [name]);
            }
        }

        if (Places.Count == 0 || Places.Any(place => place.Region.Length == 0 || !ResourceIdentifier.TryParse(place.Subnet, out _)))
        {
            yield return new($"{Section}:{nameof(Places)} must name at least one region with the resource id of a subnet in it ({nameof(Places)}:0:Region, {nameof(Places)}:0:Subnet).", [nameof(Places)]);
        }

        if (!MachineImage.StartsWith('/') && MachineImage.Split(':').Length != 4)
        {
            yield return new($"{Section}:{nameof(MachineImage)} is '{MachineImage}'; it must be publisher:offer:sku:version or a resource id.", [nameof(MachineImage)]);
        }
    }
}

/// <summary>A region with the subnet that trainers of that region are put into.</summary>
public sealed class MachinePlace
{
    /// <summary>For example <c>swedencentral</c>.</summary>
    public string Region { get; set; } = "";

    /// <summary>Resource id.</summary>
    public string Subnet { get; set; } = "";

    /// <summary>For example <c>1</c>; none means that Azure chooses.</summary>
    public List<string> Zones { get; set; } = [];
}
