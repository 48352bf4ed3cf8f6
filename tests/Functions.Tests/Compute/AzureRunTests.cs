using System.Diagnostics;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Compute;
using ServerlessTuning.Functions.Registry;

namespace ServerlessTuning.Functions.Tests.Compute;

/// <summary>
/// The whole run with the real trainer, on machines of the fake that are taken away at drawn steps: the adapter must be an undisturbed run's to the bit. Two
/// evictions; <c>TUNING_LONG_TESTS=1</c> does ten.
/// </summary>
public sealed class AzureRunTests(AzureApp app) : IClassFixture<AzureApp>
{
    private const int Steps = 96;

    private static readonly object Request = new
    {
        hyperparameters = new { maxSteps = Steps, checkpointEverySteps = 12, contextLength = 128, batchTokens = 512 },
        gate = new { minimumImprovement = -10 },
    };

    private readonly RunStore runs = new(app.Blobs, TimeProvider.System);

    [Fact]
    public async Task A_run_whose_machine_is_taken_away_publishes_the_adapter_of_an_undisturbed_one()
    {
        var random = new Random(20261121);
        app.Azure.Work = new RealTrainer(app.Connection).Work;
        await app.DropForPosts("azure", chats: 200);
        var undisturbed = await Adapter(await Ended((await app.Post("azure", Request)).Id));

        for (var i = 0; i < (Environment.GetEnvironmentVariable("TUNING_LONG_TESTS") == "1" ? 10 : 2); i++)
        {
            var (step, notice) = (random.Next(1, Steps / 2), i % 2 == 0 ? TimeSpan.FromSeconds(5) : TimeSpan.Zero);
            var id = (await app.Post("azure", Request)).Id;
            await RunningApp.Until(async () => (await runs.FindAsync<Heartbeat>(BlobPaths.Heartbeat(id, 1), default)) is { } beat && (beat.Step >= step || beat.Stage != Stage.Train));
            await app.Azure.Evict(app.Azure.Machines.Single(machine => machine.Tag(MachineTags.Run) == id).Name, notice);

            var run = await Ended(id);

            Assert.Equal(undisturbed, await Adapter(run));
            Assert.True(app.Azure.EveryMachine.Count(machine => machine.Tag(MachineTags.Run) == id) > 1, $"{id} was not disturbed at step {step}");
            Assert.True(run.Result!.Bill!.SavedBySpot > 0);
        }

        Assert.Empty(app.Azure.Machines);
    }

    private async Task<RunView> Ended(string id)
    {
        for (var clock = Stopwatch.StartNew(); ;)
        {
            if (await app.Get(id) is { Result: not null } run)
            {
                return run;
            }

            Assert.True(clock.Elapsed < TimeSpan.FromMinutes(4), $"{id} does not end");
            await Task.Delay(200);
        }
    }

    private async Task<string> Adapter(RunView run)
    {
        Assert.True(run.Result!.Outcome == Outcome.Published, $"{run.Result.Outcome}: {run.Result.Reason}");
        var manifest = (await app.Blobs.GetBlobContainerClient(BlobPaths.Models).GetBlobClient($"{run.Result.Path}manifest.json").DownloadContentAsync()).Value.Content
            .ToObjectFromJson<Manifest>(TuningJson.Options)!;
        return manifest.Files.Single(file => file.Path == "adapter/adapter_model.safetensors").Sha256;
    }
}
