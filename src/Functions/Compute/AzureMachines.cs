using System.Globalization;
using Azure;
using Azure.Core;
using Azure.ResourceManager;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;
using Azure.ResourceManager.Resources;
using Microsoft.Extensions.Options;
using ServerlessTuning.Functions.Options;

namespace ServerlessTuning.Functions.Compute;

/// <summary>The virtual machines in the trainers' resource group, as Azure Resource Manager knows them.</summary>
public sealed class AzureMachines(ArmClient azure, IOptions<AzureOptions> settings, IOptions<TuningOptions> tuning)
{
    private readonly AzureOptions settings = settings.Value;

    public VirtualMachineCollection Collection => azure.GetResourceGroupResource(
        ResourceGroupResource.CreateResourceIdentifier(settings.Subscription, settings.ResourceGroup)).GetVirtualMachines();

    /// <summary>How often an operation under way is looked at.</summary>
    public TimeSpan Poll => TimeSpan.FromSeconds(Math.Min(5, tuning.Value.PollSeconds));

    public ResourceIdentifier Address(string name) => VirtualMachineResource.CreateResourceIdentifier(settings.Subscription, settings.ResourceGroup, name);

    /// <summary>With disk and network interface, which are declared to go with it. Nothing to delete is fine.</summary>
    public async Task DeleteAsync(string name, CancellationToken cancellation)
    {
        try
        {
            var machine = azure.GetVirtualMachineResource(Address(name));
            var asked = await machine.DeleteAsync(WaitUntil.Started, forceDeletion: true, cancellation);
            await asked.WaitForCompletionResponseAsync(Poll, cancellation);
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            // Gone already.
        }
    }

    /// <summary>With its power state; null when there is none.</summary>
    public async Task<VirtualMachineData?> FindAsync(string name, CancellationToken cancellation)
    {
        try
        {
            return (await Collection.GetAsync(name, InstanceViewType.InstanceView, cancellation)).Value.Data;
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return null;
        }
    }

    /// <param name="run">Null for all runs.</param>
    public async Task<IReadOnlyList<VirtualMachineResource>> OwnedAsync(string? run, CancellationToken cancellation)
    {
        List<VirtualMachineResource> owned = [];
        await foreach (var machine in Collection.GetAllAsync(cancellationToken: cancellation))
        {
            if (MachineTags.IsOwned(machine.Data.Tags, settings.Owner) && (run is null || machine.Data.Tags[MachineTags.Run] == run))
            {
                owned.Add(machine);
            }
        }

        return owned;
    }

    /// <summary>Switched off, or never come up: it trains nothing, but it may cost.</summary>
    public static bool IsOff(VirtualMachineData machine) => machine.ProvisioningState == "Failed"
        || machine.InstanceView?.Statuses.Any(status => status.Code is "PowerState/stopped" or "PowerState/deallocated" or "PowerState/deallocating") == true;

    public static int Attempt(VirtualMachineData machine) => int.Parse(machine.Tags[MachineTags.Attempt], CultureInfo.InvariantCulture);
}
