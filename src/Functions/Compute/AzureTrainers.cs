using Azure;
using Azure.ResourceManager.Compute;
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
    AzureMachines azure, MachineOrders orders, RunStore runs, MachineLogs logs, Refusals refusals, KeptMachines kept, IOptions<AzureOptions> settings, IOptions<TuningOptions> tuning,
    TimeProvider time, ILogger<AzureTrainers> logger) : ITrainers
{
    private readonly AzureOptions settings = settings.Value;

    /// <exception cref="NoMachineException">None of the offers can be had.</exception>
    public async Task StartAsync(string run, int attempt, CancellationToken cancellation)
    {
        var order = await runs.ReadAsync<WorkOrder>(BlobPaths.Order(run, attempt), cancellation);
        while (true)
        {
            var (machine, most) = await orders.AgreeAsync(order, cancellation);
            if (await BringUpAsync(order, machine, most, cancellation) is not { } failure)
            {
                if ((await logs.ReadAsync(run, attempt, cancellation)).Log.Current?.Name == machine.Name)
                {
                    return;
                }

                // Another starter went on to the next offer meanwhile, or the run was stopped before there was anything to stop: it came up after it was taken for gone, and cost until now.
                await EndAsync(run, attempt, machine.Name, cancellation);
                continue;
            }

            await logs.UpdateAsync(run, attempt, machine.Name, known => known with { Failure = failure }, cancellation);
            await EndAsync(run, attempt, machine.Name, cancellation);
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

        if (await azure.FindAsync(machine.Name, cancellation) is { } found)
        {
            return !AzureMachines.IsOff(found);
        }

        await logs.UpdateAsync(run, attempt, machine.Name, Gone, cancellation); // evicted, or deleted by itself or by hand
        return false;
    }

    public async Task StopAsync(string run, CancellationToken cancellation)
    {
        var owned = await azure.OwnedAsync(run, cancellation);
        var found = owned.Where(machine => !MachineTags.IsKept(machine.Data.Tags)).ToList();
        foreach (var machine in found.Where(machine => !AzureMachines.IsOff(machine.Data)))
        {
            await AskToLeaveAsync(run, AzureMachines.Attempt(machine.Data), cancellation);
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
        (await azure.OwnedAsync(null, cancellation)).Where(machine => MachineTags.IsKept(machine.Data.Tags) && MachineTags.HasExpired(machine.Data.Tags, time.GetUtcNow())), cancellation);

    public async Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellation) =>
        [.. (await azure.OwnedAsync(null, cancellation)).Where(machine => !MachineTags.IsKept(machine.Data.Tags)).Select(machine => machine.Data.Tags[MachineTags.Run])
            .Union(await logs.CostingAsync(settings.Owner, cancellation))];

    public async Task<IReadOnlyList<string>> ListExpiredAsync(CancellationToken cancellation)
    {
        HashSet<string> expired = [];
        foreach (var machine in (await azure.OwnedAsync(null, cancellation)).Where(machine => !MachineTags.IsKept(machine.Data.Tags)))
        {
            if (MachineTags.HasExpired(machine.Data.Tags, time.GetUtcNow()) || await azure.FindAsync(machine.Data.Name, cancellation) is { } found && AzureMachines.IsOff(found))
            {
                expired.Add(machine.Data.Tags[MachineTags.Run]);
            }
        }

        return [.. expired];
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
            var boot = BootScript.For(order.RunId, order.Attempt, azure.Address(machine.Name).ToString(), settings, tuning.Value.Storage, most);
            var tags = MachineTags.For(order, settings, machine.Offer, time.GetUtcNow() + most);
            var asked = await azure.Collection.CreateOrUpdateAsync(WaitUntil.Started, machine.Name, MachineTemplate.For(machine.Name, machine.Offer, settings, tags, boot), patience.Token);
            wasAccepted = true;
            await asked.WaitForCompletionAsync(azure.Poll, patience.Token);
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
            return await azure.FindAsync(machine.Name, cancellation) is { ProvisioningState: not "Failed" } ? failure with { WasAllocated = true } : failure;
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
            await Task.Delay(azure.Poll, time, cancellation);
        }
    }

    /// <summary>A machine whose driver did not come up is not asked for again for a while: the next attempt has another.</summary>
    private async Task PassOverAsync(string run, VirtualMachineData machine, CancellationToken cancellation)
    {
        if (await runs.FindAsync<TrainerDone>(BlobPaths.Done(run, AzureMachines.Attempt(machine)), cancellation) is { ExitCode: ExitCodes.NoDriver } done
            && (await logs.ReadAsync(run, AzureMachines.Attempt(machine), cancellation)).Log.Machines.FirstOrDefault(known => known.Name == machine.Name) is { } known)
        {
            await refusals.RememberAsync(known.Offer, $"{known.Offer}: {done.Error}", TimeSpan.FromMinutes(settings.RefusalMinutes), cancellation);
        }
    }

    /// <returns>The one that stays for a person to look at, or null.</returns>
    private async Task<VirtualMachineResource?> KeptAmongAsync(IEnumerable<VirtualMachineResource> found, CancellationToken cancellation)
    {
        foreach (var machine in found)
        {
            if (await kept.TryKeepAsync(machine, AzureMachines.Attempt(machine.Data), cancellation))
            {
                return machine;
            }
        }

        return null;
    }

    private Task EndAsync(IEnumerable<VirtualMachineResource> machines, CancellationToken cancellation) =>
        Task.WhenAll(machines.Select(machine => EndAsync(machine.Data.Tags[MachineTags.Run], AzureMachines.Attempt(machine.Data), machine.Data.Name, cancellation)));

    /// <summary>Deletes a machine and writes down that it is gone.</summary>
    private async Task EndAsync(string run, int attempt, string machine, CancellationToken cancellation)
    {
        await azure.DeleteAsync(machine, cancellation);
        await logs.UpdateAsync(run, attempt, machine, GoneNow, cancellation);
    }

    /// <summary>Whatever was believed before: it was there until now.</summary>
    private Machine GoneNow(Machine machine) => machine with { To = time.GetUtcNow() };

    private Machine Gone(Machine machine) => machine.To is null ? machine with { To = time.GetUtcNow() } : machine;
}
