using Azure.Core.Pipeline;
using Azure.ResourceManager;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Logging.Abstractions;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Compute;
using ServerlessTuning.Functions.Options;
using ServerlessTuning.Functions.Registry;
using ServerlessTuning.Testing;
using ServerlessTuning.Testing.Azure;

namespace ServerlessTuning.Functions.Tests.Compute;

/// <summary>Trainers on the machines of a fake Azure, through the real client, with a storage emulator beside it.</summary>
public sealed class AzureCompute : IAsyncLifetime
{
    /// <summary>Prices are high so that seconds cost something: a cent is about 4 s of the cheap one.</summary>
    public static readonly MachineSize Small = new() { Name = "Standard_NC4as_T4_v3", GpuMemoryGiB = 16, Bfloat16 = false, Teraflops = 65, LocalDiskGiB = 176, OnDemandPerHour = 20, SpotPerHour = 10 },
        Large = new() { Name = "Standard_NC24ads_A100_v4", GpuMemoryGiB = 80, Bfloat16 = true, Teraflops = 312, LocalDiskGiB = 64, OnDemandPerHour = 80, SpotPerHour = 40 };

    private Azurite Storage { get; } = new();

    public BlobServiceClient Blobs => Storage.Blobs;

    public string ConnectionString => Storage.ConnectionString;

    public RunStore Runs { get; private set; } = null!;

    public MachineLogs Logs { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await Blobs.CreateBlobContainerAsync(BlobPaths.Runs);
        (Runs, Logs) = (new RunStore(Blobs, TimeProvider.System), new MachineLogs(Blobs, TimeProvider.System));
    }

    public Task DisposeAsync()
    {
        Storage.Dispose();
        return Task.CompletedTask;
    }

    public static AzureOptions Settings(string owner = "serverless-tuning") => new()
    {
        Subscription = "00000000-0000-0000-0000-000000000001",
        ResourceGroup = "trainers",
        Owner = owner,
        Places = [new() { Region = "swedencentral", Subnet = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/app/providers/Microsoft.Network/virtualNetworks/v/subnets/trainers" }],
        TrainerIdentity = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/app/providers/Microsoft.ManagedIdentity/userAssignedIdentities/trainer",
        TrainerIdentityClientId = "00000000-0000-0000-0000-000000000002",
        TrainerImage = "registry.azurecr.io/trainer:1",
        Sizes = [Small, Large],
        StopSeconds = 5,
        DeletionSeconds = 2,
        StartMinutes = 0.25,
    };

    public static ArmClient Client(FakeResourceManager azure, string token = FakeResourceManager.AppToken) =>
        new(new FakeCredential(token), Settings().Subscription, new ArmClientOptions
        {
            Environment = new ArmEnvironment(azure.Uri, azure.Uri.ToString()),
            Transport = new HttpClientTransport(azure.CreateClient()),
            Retry = { Delay = TimeSpan.FromMilliseconds(50), MaxRetries = 5 },
        });

    internal AzureTrainers Trainers(FakeResourceManager azure, AzureOptions? settings = null, string token = FakeResourceManager.AppToken)
    {
        var options = Microsoft.Extensions.Options.Options.Create(settings ?? Settings());
        var tuning = Microsoft.Extensions.Options.Options.Create(new TuningOptions { Storage = "https://account.blob.core.windows.net/", PollSeconds = 0.2 });
        var (refusals, prices) = (new Refusals(Runs, TimeProvider.System), new Prices(Runs, new HttpClient(), options, TimeProvider.System));
        return new(new AzureMachines(Client(azure, token), options, tuning), new MachineOrders(Logs, refusals, prices, options, tuning, TimeProvider.System), Runs, Logs, refusals,
            new KeptMachines(Runs, Logs, options, TimeProvider.System), options, tuning, TimeProvider.System, NullLogger<AzureTrainers>.Instance);
    }

    /// <summary>A run whose trainer may be started.</summary>
    public async Task<string> Ordered(int attempt = 1, MachineNeeds? needs = null, BudgetRequest? budget = null, string? run = null)
    {
        run ??= $"run-{Random.Shared.NextInt64():x}";
        var training = new TrainingPlan(10, 1, 1e-3, ScheduleType.Cosine, 0, 1, 512, 128, 4, 5, 5, Precision.Float32, false);
        var plan = new TuningPlan("tiny", "tiny", TuningTask.Supervised, null, false, training, new(), null, 1, [], needs ?? new(4, false, 1), budget);
        var data = new DatasetReport(true, "chat", TuningTask.Supervised, 128, SplitReport.Empty, SplitReport.Empty, SplitReport.Empty, 0, 0, 0, 0, []);
        await Runs.WriteAsync(BlobPaths.Order(run, attempt), new WorkOrder(run, attempt, attempt, plan, data, [Stage.Train]), default);
        return run;
    }

    public async Task Forget() => await Blobs.GetBlobContainerClient(BlobPaths.Runs).GetBlobClient(BlobPaths.Refusals).DeleteIfExistsAsync();
}
