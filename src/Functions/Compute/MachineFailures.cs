using Azure;
using ServerlessTuning.Contracts;

namespace ServerlessTuning.Functions.Compute;

/// <summary>Why a machine, or what runs on it, did not work.</summary>
public enum FailureKind
{
    /// <summary>The region or zone has no such machine free.</summary>
    Capacity,

    /// <summary>The subscription may not have so many.</summary>
    Quota,

    /// <summary>A policy of the subscription forbids it.</summary>
    Policy,

    /// <summary>The app's identity may not do that.</summary>
    Rights,

    /// <summary>The request is wrong in a way that no other machine changes: a subnet, an identity or an image that is not there.</summary>
    Setting,

    /// <summary>The machine was there but did not come up.</summary>
    Machine,

    /// <summary>Azure does not answer as it should: too many requests, an error of its own, no connection.</summary>
    Network,
}

/// <summary>What follows from a failure.</summary>
public enum FailurePolicy
{
    /// <summary>Ask for the next machine on the list and remember the refusal for a while.</summary>
    Elsewhere,

    /// <summary>Try the same again in a while.</summary>
    Later,

    /// <summary>Nothing changes until a person changes something.</summary>
    GiveUp,
}

/// <summary>What Azure Resource Manager's errors mean.</summary>
internal static class MachineFailures
{
    private static readonly string[] Capacity = ["SkuNotAvailable", "AllocationFailed", "ZonalAllocationFailed", "OverconstrainedAllocationRequest", "OverconstrainedZonalAllocationRequest", "SpotAllocationFailed"];
    private static readonly string[] Never = ["ImageNotFound", "PlatformImageNotFound", "SubnetNotFound", "ResourceGroupNotFound", "SubscriptionNotFound", "InvalidParameter", "LinkedInvalidPropertyId", "ResourceNotFound", "FailedIdentityOperation"];

    public static FailurePolicy Policy(FailureKind kind) => kind switch
    {
        FailureKind.Capacity or FailureKind.Quota or FailureKind.Machine => FailurePolicy.Elsewhere,
        FailureKind.Network => FailurePolicy.Later,
        _ => FailurePolicy.GiveUp,
    };

    public static FailureKind Kind(RequestFailedException e) => e switch
    {
        { ErrorCode: { } code } when Capacity.Contains(code) => FailureKind.Capacity,
        { ErrorCode: "QuotaExceeded" } => FailureKind.Quota,
        { ErrorCode: "OperationNotAllowed" } when e.Message.Contains("quota", StringComparison.OrdinalIgnoreCase) => FailureKind.Quota,
        { ErrorCode: "RequestDisallowedByPolicy" } => FailureKind.Policy,
        { Status: 401 or 403 } => FailureKind.Rights,
        { ErrorCode: { } code } when Never.Contains(code) => FailureKind.Setting,
        { Status: 0 or 408 or 429 or >= 500 } => FailureKind.Network,
        { Status: 400 } => FailureKind.Setting,
        _ => FailureKind.Machine,
    };

    /// <summary>A failed operation is reported with the state of a finished poll: the machine may have been allocated before it failed.</summary>
    public static MachineFailure Of(RequestFailedException e, MachineOffer offer)
    {
        var kind = Kind(e);
        var said = e.Message.Split('\n')[0];
        var words = kind switch
        {
            FailureKind.Capacity => $"Azure has no {offer} free now ({e.ErrorCode}). Name more regions in {AzureOptions.Section}:Places, or start the run again later.",
            FailureKind.Quota => $"The subscription's quota does not allow {offer}. Ask for more at Azure portal > Quotas > Compute, for the family of {offer.Size.Name}{(offer.Spot ? ", under Spot vCPUs" : "")}.",
            FailureKind.Policy => $"A policy of the subscription forbids {offer}: {said} Ask for an exemption, or name sizes and regions that it allows in {AzureOptions.Section}:Sizes and :Places.",
            FailureKind.Rights => $"The app's identity may not create machines: {said} Run azd provision again, or assign the role \"Trainer operator\" on the trainers' resource group.",
            FailureKind.Setting => $"{offer} was refused because a setting is wrong: {said} Correct it under {AzureOptions.Section}, or run azd provision again.",
            FailureKind.Machine => $"{offer} did not come up ({e.ErrorCode}): {said} Another one is tried; if none comes up, look at {AzureOptions.Section}:MachineImage.",
            _ => $"Azure Resource Manager did not answer as it should ({e.Status} {e.ErrorCode}): {said} Start the run again when it does: https://status.azure.com.",
        };
        return new(kind, words, WasAllocated: kind is FailureKind.Machine or FailureKind.Network);
    }
}

/// <summary>Azure did not answer for so long that its client gave up. The run asks again as after a machine that was refused.</summary>
public sealed class AzureSilentException(string words, Exception inner) : Exception(words, inner);

/// <summary>Another machine could use up what is left of the budget before it has done anything.</summary>
public sealed class BudgetException(string words, Bill bill) : Exception(words)
{
    public Bill Bill { get; } = bill;
}

/// <summary>No machine can be had now. The run waits and asks again, or ends when nothing will change.</summary>
/// <param name="tried">One sentence an offer.</param>
public sealed class NoMachineException(FailurePolicy policy, IReadOnlyList<string> tried)
    : Exception($"No machine can be had. {string.Join(' ', tried)}")
{
    public FailurePolicy Policy { get; } = policy;
}
