using System.Globalization;
using Azure;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;
using Microsoft.Extensions.Options;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Registry;

namespace ServerlessTuning.Functions.Compute;

/// <summary>
/// Lets the machine of a failed attempt stay, so that a person can look at it: <see cref="AzureOptions.KeepOnError"/>. Its stay is taken from the budget at
/// once, and is at most half of what is left, so that the next attempt has something to train with. The sweeper ends it.
/// </summary>
public sealed class KeptMachines(RunStore runs, MachineLogs logs, IOptions<AzureOptions> settings, TimeProvider time)
{
    /// <summary>Between two looks of the sweeper.</summary>
    private static readonly TimeSpan Sweep = TimeSpan.FromMinutes(2);

    private readonly AzureOptions settings = settings.Value;

    /// <summary>What the machine costs between its expiry and its end.</summary>
    private TimeSpan End => Sweep + TimeSpan.FromSeconds(settings.DeletionSeconds);

    /// <returns>False when it is to be deleted: its trainer did not fail, or there is no money for it.</returns>
    public async Task<bool> TryKeepAsync(VirtualMachineResource machine, int attempt, CancellationToken cancellation)
    {
        var run = machine.Data.Tags[MachineTags.Run];
        if (settings.KeepOnError <= TimeSpan.Zero
            || await runs.FindAsync<TrainerDone>(BlobPaths.Done(run, attempt), cancellation) is not { ExitCode: not (ExitCodes.Done or ExitCodes.Interrupted) }
            || await UntilAsync(run, attempt, machine.Data.Name, cancellation) is not { } until)
        {
            return false;
        }

        // Written down before it is done: a second try finds the same moment, and no money is spent that no document names.
        await logs.UpdateAsync(run, attempt, machine.Data.Name, known => known with { KeptUntil = until, To = until + End }, cancellation);
        try
        {
            await machine.UpdateAsync(WaitUntil.Completed, Tags(machine, until), cancellationToken: cancellation);
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return false; // taken away meanwhile
        }

        await runs.NoteAsync(run, "kept", Words(machine.Data.Name, attempt, until), cancellation);
        return true;
    }

    /// <returns>Null when it may not stay, or not any longer.</returns>
    private async Task<DateTimeOffset?> UntilAsync(string run, int attempt, string name, CancellationToken cancellation)
    {
        if ((await logs.ReadAsync(run, attempt, cancellation)).Log.Machines.FirstOrDefault(machine => machine.Name == name) is not { } known)
        {
            return null;
        }

        var now = time.GetUtcNow();
        if (known.KeptUntil is { } decided)
        {
            return decided > now ? decided : null;
        }

        var order = await runs.ReadAsync<WorkOrder>(BlobPaths.Order(run, attempt), cancellation);
        var left = Bills.Left(await logs.BillAsync(run, cancellation), order.Plan.Budget, known.Offer.PerHour, TimeSpan.FromHours(settings.MostHours)) / 2 - End;
        var stay = left < settings.KeepOnError ? left : settings.KeepOnError;
        return stay > TimeSpan.Zero ? now + stay : null;
    }

    private static VirtualMachinePatch Tags(VirtualMachineResource machine, DateTimeOffset until)
    {
        var patch = new VirtualMachinePatch();
        foreach (var (key, value) in machine.Data.Tags)
        {
            patch.Tags[key] = value;
        }

        (patch.Tags[MachineTags.Kept], patch.Tags[MachineTags.Expires]) = ("true", MachineTags.Text(until));
        return patch;
    }

    private string Words(string name, int attempt, DateTimeOffset until) => string.Create(CultureInfo.InvariantCulture,
        $"The trainer of attempt {attempt} failed; its machine {name} stays until {until:u} and is paid for. Look at it: az vm run-command invoke --resource-group {settings.ResourceGroup} --name {name} --command-id RunShellScript --scripts 'docker logs --tail 100 trainer; nvidia-smi'. End it sooner: az vm delete --resource-group {settings.ResourceGroup} --name {name} --force-deletion true --yes.");
}
