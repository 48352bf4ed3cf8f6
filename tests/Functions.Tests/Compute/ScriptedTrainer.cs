using Azure.Storage.Blobs;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Compute;
using ServerlessTuning.Functions.Registry;
using ServerlessTuning.Testing.Azure;

namespace ServerlessTuning.Functions.Tests.Compute;

/// <summary>
/// A trainer that computes nothing: on each machine of the fake it goes on at the run's last step, beats, keeps a checkpoint a step, and leaves when it is asked
/// to, warned, or switched off; when its lease runs out or its machine's time is over it deletes the machine, and asks until it is gone, as the real one does.
/// </summary>
internal sealed class ScriptedTrainer(FakeResourceManager azure, BlobServiceClient blobs, int steps, TimeSpan step, Func<FakeMachine, Task>? mishap = null)
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(6);
    private readonly RunStore runs = new(blobs, TimeProvider.System);

    public async Task Work(FakeMachine machine)
    {
        var (run, attempt) = (machine.Tag(MachineTags.Run)!, int.Parse(machine.Tag(MachineTags.Attempt)!));
        _ = mishap?.Invoke(machine);
        try
        {
            var exit = await Train(machine, run, attempt);
            if (exit is { } code)
            {
                await Finish(run, attempt, code);
            }
        }
        catch (OperationCanceledException)
        {
            // The power is gone: no last word.
        }
    }

    private async Task<int?> Train(FakeMachine machine, string run, int attempt)
    {
        var at = (await runs.FindAsync<LatestCheckpoint>(BlobPaths.LatestCheckpoint(run), machine.PowerLost))?.Step ?? 0;
        for (; at < steps; at++)
        {
            await Task.Delay(step, machine.PowerLost);
            if (machine.Warned.IsCancellationRequested || await runs.FindAsync<StopOrder>(BlobPaths.Stop(run, attempt), machine.PowerLost) is not null)
            {
                return ExitCodes.Interrupted;
            }

            if (MachineTags.HasExpired(machine.Tags, TimeProvider.System.GetUtcNow()) || (await runs.FindDatedAsync<object>(BlobPaths.Lease(run, attempt), machine.PowerLost))?.Age > Lease)
            {
                await DeleteItself(machine);
                return ExitCodes.Interrupted;
            }

            await runs.WriteAsync(BlobPaths.LatestCheckpoint(run), new LatestCheckpoint(at + 1, attempt, $"checkpoints/{at + 1}/"), machine.PowerLost);
            await runs.WriteAsync(BlobPaths.Heartbeat(run, attempt), new Heartbeat(TimeProvider.System.GetUtcNow(), Stage.Train, at + 1, steps, 2, null, 1000, steps - at), machine.PowerLost);
        }

        return ExitCodes.Done;
    }

    private async Task Finish(string run, int attempt, int code)
    {
        if (code == ExitCodes.Done)
        {
            await runs.WriteAsync(BlobPaths.Evaluation(run), new EvaluationReport("test", 10, new(2, Math.Exp(2), null, 0.2), new(1, Math.E, null, 0.5), []), default);
            await blobs.GetBlobContainerClient(BlobPaths.Runs).GetBlobClient($"{BlobPaths.Artifacts(run)}adapter/adapter_model.safetensors").UploadAsync(BinaryData.FromString(run), overwrite: true);
        }

        await runs.WriteAsync(BlobPaths.Done(run, attempt), new TrainerDone(attempt, code), default);
    }

    private async Task DeleteItself(FakeMachine machine)
    {
        using var http = azure.CreateClient();
        http.DefaultRequestHeaders.Add("Authorization", $"Bearer {FakeResourceManager.TrainerToken}");
        while (!machine.PowerLost.IsCancellationRequested)
        {
            await http.DeleteAsync(new Uri(azure.Uri, $"{machine.Id}?api-version=2024-07-01&forceDeletion=true"), machine.PowerLost);
            await Task.Delay(500, machine.PowerLost);
        }
    }
}
