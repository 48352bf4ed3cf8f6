using System.Globalization;
using Azure;
using Azure.ResourceManager;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;
using Azure.ResourceManager.Resources;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Options;
using ServerlessTuning.Functions.Registry;

namespace ServerlessTuning.Functions.Compute;

/// <summary>
/// Trainers on virtual machines, one an attempt, in a resource group that holds nothing else. What was asked for stands in the attempt's machine log before it
/// is asked for, so a second start finds the first and nothing is paid for that no document names. docs/decisions/010-a-machine-an-attempt.md.
/// </summary>
public sealed class AzureTrainers(
    ArmClient azure, RunStore runs, MachineLogs logs, Refusals refusals, KeptMachines kept, Prices prices, IOptions<AzureOptions> settings, IOptions<TuningOptions> tuning, TimeProvider time,
    ILogger<AzureTrainers> logger) : ITrainers
{
    private readonly AzureOptions settings = settings.Value;

    private VirtualMachineCollection Machines => azure.GetResourceGroupResource(
        ResourceGroupResource.CreateResourceIdentifier(settings.Subscription, settings.ResourceGroup)).GetVirtualMachines();

    private TimeSpan Poll => TimeSpan.FromSeconds(Math.Min(5, tuning.Value.PollSeconds));

    /// <exception cref="NoMachineException">None of the offers can be had.</exception>
    public async Task StartAsync(string run, int attempt, CancellationToken cancellation)
    {
        var order = await runs.ReadAsync<WorkOrder>(BlobPaths.Order(run, attempt), cancellation);
        while (true)
        {
            var (machine, most) = await ChooseAsync(order, cancellation);
            if (await BringUpAsync(order, machine, most, cancellation) is not { } failure)
            {
                if ((await logs.ReadAsync(run, attempt, cancellation)).Log.Current?.Name == machine.Name)
                {
                    return;
                }

                // Another starter went on to the next offer meanwhile, or the run was stopped before there was anything to stop: it came up after it was taken for gone, and cost until now.
                await DeleteAsync(machine.Name, cancellation);
                await logs.UpdateAsync(run, attempt, machine.Name, GoneNow, cancellation);
                continue;
            }

            await logs.UpdateAsync(run, attempt, machine.Name, known => known with { Failure = failure }, cancellation);
            await DeleteAsync(machine.Name, cancellation);
            await logs.UpdateAsync(run, attempt, machine.Name, GoneNow, cancellation);
            await runs.NoteAsync(run, "refused", failure.Words, cancellation);
            switch (MachineFailures.Policy(failure.Kind))
            {
                case FailurePolicy.Elsewhere:
                    await refusals.RememberAsync(machine.Offer, failure.Words, TimeSpan.FromMinutes(settings.RefusalMinutes), cancellation);
                    break;
                case var policy:
                    throw new NoMachineException(policy, [failure.Words]);
            }
        }
    }

    public async Task<bool> IsAliveAsync(string run, int attempt, CancellationToken cancellation)
    {
        if ((await logs.ReadAsync(run, attempt, cancellation)).Log.Current is not { } machine)
        {
            return false;
        }

        if (await FindAsync(machine.Name, cancellation) is { } found)
        {
            return !IsOff(found);
        }

        await logs.UpdateAsync(run, attempt, machine.Name, Gone, cancellation); // evicted, or deleted by itself or by hand
        return false;
    }

    public async Task StopAsync(string run, CancellationToken cancellation)
    {
        var owned = await OwnedAsync(run, cancellation);
        var found = owned.Where(machine => !MachineTags.IsKept(machine.Data.Tags)).ToList();
        foreach (var machine in found.Where(machine => !IsOff(machine.Data)))
        {
            await AskToLeaveAsync(run, Attempt(machine.Data), cancellation);
        }

        foreach (var machine in found)
        {
            await PassOverAsync(run, machine.Data, cancellation);
        }

        var staying = await KeptAmongAsync(found, cancellation);
        await EndAsync(staying is null ? found : owned.Where(machine => machine != staying), cancellation); // one at a time stays
        foreach (var (attempt, machine) in (await logs.AllAsync(run, cancellation)).Where(pair => pair.Machine.To is null))
        {
            await logs.UpdateAsync(run, attempt, machine.Name, Gone, cancellation);
        }

        await logs.EndCostingAsync(settings.Owner, run, cancellation);
    }

    public async Task EndKeptAsync(CancellationToken cancellation) => await EndAsync(
        (await OwnedAsync(null, cancellation)).Where(machine => MachineTags.IsKept(machine.Data.Tags) && MachineTags.HasExpired(machine.Data.Tags, time.GetUtcNow())), cancellation);

    public async Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellation) =>
        [.. (await OwnedAsync(null, cancellation)).Where(machine => !MachineTags.IsKept(machine.Data.Tags)).Select(machine => machine.Data.Tags[MachineTags.Run])
            .Union(await logs.CostingAsync(settings.Owner, cancellation))];

    public async Task<IReadOnlyList<string>> ListExpiredAsync(CancellationToken cancellation)
    {
        HashSet<string> expired = [];
        foreach (var machine in (await OwnedAsync(null, cancellation)).Where(machine => !MachineTags.IsKept(machine.Data.Tags)))
        {
            if (MachineTags.HasExpired(machine.Data.Tags, time.GetUtcNow()) || await FindAsync(machine.Data.Name, cancellation) is { } found && IsOff(found))
            {
                expired.Add(machine.Data.Tags[MachineTags.Run]);
            }
        }

        return [.. expired];
    }

    /// <summary>Agrees with every other starter of the attempt on the machine to ask for, and writes it down.</summary>
    private async Task<(Machine Machine, TimeSpan Most)> ChooseAsync(WorkOrder order, CancellationToken cancellation)
    {
        while (true)
        {
            var (log, version) = await logs.ReadAsync(order.RunId, order.Attempt, cancellation);
            var bill = await logs.BillAsync(order.RunId, cancellation);
            if (log.Current is { } chosen)
            {
                return (chosen, Most(order, bill, chosen.Offer));
            }

            var offer = await OfferAsync(order, cancellation);
            ThrowIfTooLittleIsLeft(order, bill ?? Bills.Of([], time.GetUtcNow()), offer);
            await logs.BeginCostingAsync(settings.Owner, order.RunId, cancellation);
            var name = MachineTags.Name(order.RunId, order.Attempt, log.Machines.Count);
            if (await logs.TryWriteAsync(order.RunId, order.Attempt, log.With(new(name, offer, time.GetUtcNow())), version, cancellation))
            {
                return (new(name, offer, time.GetUtcNow()), Most(order, bill, offer));
            }
        }
    }

    /// <exception cref="NoMachineException">Nothing on the list fits, or all that fits was refused lately.</exception>
    private async Task<MachineOffer> OfferAsync(WorkOrder order, CancellationToken cancellation)
    {
        var needs = order.Plan.Machine ?? new(0, false, 0);
        var table = await prices.TableAsync(cancellation);
        var offers = MachineChoice.Offers(settings, table, needs);
        if (offers.Count == 0)
        {
            throw new NoMachineException(FailurePolicy.GiveUp,
                [$"The plan needs {needs.GpuMemoryGiB:0.#} GiB of GPU memory{(needs.Bfloat16 ? " and bfloat16" : "")}; {AzureOptions.Section}:Sizes has nothing like it. Add a larger size, or ask for a shorter contextLength, fewer microBatchRows or a smaller base."]);
        }

        var refused = (await refusals.NowAsync(cancellation)).ToDictionary(refusal => refusal.Offer, refusal => refusal.Words);
        return offers.FirstOrDefault(offer => !refused.ContainsKey(offer.ToString()))
            ?? throw new NoMachineException(FailurePolicy.Later, [.. offers.Select(offer => refused[offer.ToString()]).Distinct()]);
    }

    /// <summary>A machine costs from its order to the end of its deletion, even when it never comes up.</summary>
    private void ThrowIfTooLittleIsLeft(WorkOrder order, Bill bill, MachineOffer offer)
    {
        var reserve = TimeSpan.FromMinutes(settings.StartMinutes) + TimeSpan.FromSeconds(settings.StopSeconds + settings.DeletionSeconds + tuning.Value.PollSeconds);
        if (Bills.NearLimit(bill with { PerHour = offer.PerHour }, order.Plan.Budget, reserve) is { } spent)
        {
            throw new BudgetException($"{spent} To start and end another machine ({offer}) may cost {offer.PerHour * reserve.TotalHours:0.00} more.", bill);
        }
    }

    /// <returns>Null when it is up, else why not.</returns>
    /// <exception cref="AzureSilentException">Whether it is there is not known; a second start finds out.</exception>
    private async Task<MachineFailure?> BringUpAsync(WorkOrder order, Machine machine, TimeSpan most, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(TimeSpan.FromMinutes(settings.StartMinutes));
        var wasAccepted = false;
        try
        {
            var address = VirtualMachineResource.CreateResourceIdentifier(settings.Subscription, settings.ResourceGroup, machine.Name);
            var boot = BootScript.For(order.RunId, order.Attempt, address.ToString(), settings, tuning.Value.Storage, most);
            var tags = MachineTags.For(order, settings, machine.Offer, time.GetUtcNow() + most);
            var asked = await Machines.CreateOrUpdateAsync(WaitUntil.Started, machine.Name, MachineTemplate.For(machine.Name, machine.Offer, settings, tags, boot), patience.Token);
            wasAccepted = true;
            await asked.WaitForCompletionAsync(Poll, patience.Token);
            logger.LogInformation("Run {Run} trains on {Machine}, {Offer}, attempt {Attempt}", order.RunId, machine.Name, machine.Offer, order.Attempt);
            return null;
        }
        catch (RequestFailedException e) when (wasAccepted && e.Status == 404)
        {
            return new(FailureKind.Machine, $"{machine.Offer} was taken away while it came up.", WasAllocated: true);
        }
        catch (RequestFailedException e) when (MachineFailures.Kind(e) == FailureKind.Network)
        {
            throw new AzureSilentException(MachineFailures.Of(e, machine.Offer).Words, e);
        }
        catch (RequestFailedException e)
        {
            // A refusal may answer the second of two requests, when the first one's answer was lost: then the machine is there and costs.
            var failure = MachineFailures.Of(e, machine.Offer);
            return await FindAsync(machine.Name, cancellation) is { ProvisioningState: not "Failed" } ? failure with { WasAllocated = true } : failure;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new(FailureKind.Machine, $"{machine.Offer} did not come up within {settings.StartMinutes:0.#} minutes.", WasAllocated: true);
        }
    }

    /// <summary>A checkpoint takes a while; a trainer that has ended says so in <c>done.json</c>.</summary>
    private async Task AskToLeaveAsync(string run, int attempt, CancellationToken cancellation)
    {
        await runs.WriteAsync(BlobPaths.Stop(run, attempt), new StopOrder("its run asked it to"), cancellation);
        var since = time.GetTimestamp();
        while (time.GetElapsedTime(since).TotalSeconds < settings.StopSeconds
            && await runs.FindAsync<TrainerDone>(BlobPaths.Done(run, attempt), cancellation) is null
            && await runs.FindDatedAsync<Heartbeat>(BlobPaths.Heartbeat(run, attempt), cancellation) is { } heartbeat && heartbeat.Age.TotalSeconds < tuning.Value.SilenceSeconds)
        {
            await Task.Delay(Poll, time, cancellation);
        }
    }

    /// <summary>A machine whose driver did not come up is not asked for again for a while: the next attempt has another.</summary>
    private async Task PassOverAsync(string run, VirtualMachineData machine, CancellationToken cancellation)
    {
        if (await runs.FindAsync<TrainerDone>(BlobPaths.Done(run, Attempt(machine)), cancellation) is { ExitCode: ExitCodes.NoDriver } done
            && (await logs.ReadAsync(run, Attempt(machine), cancellation)).Log.Machines.FirstOrDefault(known => known.Name == machine.Name) is { } known)
        {
            await refusals.RememberAsync(known.Offer, $"{known.Offer}: {done.Error}", TimeSpan.FromMinutes(settings.RefusalMinutes), cancellation);
        }
    }

    /// <returns>The one that stays for a person to look at, or null.</returns>
    private async Task<VirtualMachineResource?> KeptAmongAsync(IEnumerable<VirtualMachineResource> found, CancellationToken cancellation)
    {
        foreach (var machine in found)
        {
            if (await kept.TryKeepAsync(machine, Attempt(machine.Data), cancellation))
            {
                return machine;
            }
        }

        return null;
    }

    private async Task EndAsync(IEnumerable<VirtualMachineResource> machines, CancellationToken cancellation)
    {
        var ending = machines.Select(machine => machine.Data).ToList();
        await Task.WhenAll(ending.Select(machine => DeleteAsync(machine.Name, cancellation)));
        foreach (var machine in ending)
        {
            await logs.UpdateAsync(machine.Tags[MachineTags.Run], Attempt(machine), machine.Name, GoneNow, cancellation);
        }
    }

    /// <summary>With disk and network interface, which are declared to go with it. Nothing to delete is fine.</summary>
    private async Task DeleteAsync(string name, CancellationToken cancellation)
    {
        try
        {
            var machine = azure.GetVirtualMachineResource(VirtualMachineResource.CreateResourceIdentifier(settings.Subscription, settings.ResourceGroup, name));
            var asked = await machine.DeleteAsync(WaitUntil.Started, forceDeletion: true, cancellation);
            await asked.WaitForCompletionResponseAsync(Poll, cancellation);
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            // Gone already.
        }
    }

    /// <summary>With its power state; null when there is none.</summary>
    private async Task<VirtualMachineData?> FindAsync(string name, CancellationToken cancellation)
    {
        try
        {
            return (await Machines.GetAsync(name, InstanceViewType.InstanceView, cancellation)).Value.Data;
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return null;
        }
    }

    /// <param name="run">Null for all runs.</param>
    private async Task<IReadOnlyList<VirtualMachineResource>> OwnedAsync(string? run, CancellationToken cancellation)
    {
        List<VirtualMachineResource> owned = [];
        await foreach (var machine in Machines.GetAllAsync(cancellationToken: cancellation))
        {
            if (MachineTags.IsOwned(machine.Data.Tags, settings.Owner) && (run is null || machine.Data.Tags[MachineTags.Run] == run))
            {
                owned.Add(machine);
            }
        }

        return owned;
    }

    /// <summary>How long the machine may live: until the budget is used up, whoever forgets it.</summary>
    private TimeSpan Most(WorkOrder order, Bill? bill, MachineOffer offer) =>
        Bills.Left(bill, order.Plan.Budget, offer.PerHour, TimeSpan.FromHours(settings.MostHours)) - TimeSpan.FromSeconds(settings.DeletionSeconds) is { Ticks: > 0 } most
            ? most : TimeSpan.FromSeconds(1);

    /// <summary>Whatever was believed before: it was there until now.</summary>
    private Machine GoneNow(Machine machine) => machine with { To = time.GetUtcNow() };

    private Machine Gone(Machine machine) => machine.To is null ? machine with { To = time.GetUtcNow() } : machine;

    /// <summary>Switched off, or never come up: it trains nothing, but it may cost.</summary>
    private static bool IsOff(VirtualMachineData machine) => machine.ProvisioningState == "Failed"
        || machine.InstanceView?.Statuses.Any(status => status.Code is "PowerState/stopped" or "PowerState/deallocated" or "PowerState/deallocating") == true;

    private static int Attempt(VirtualMachineData machine) => int.Parse(machine.Tags[MachineTags.Attempt], CultureInfo.InvariantCulture);
}
