namespace ServerlessTuning.Trainer.Tests.Stages;

/// <summary>One whole run of the tiny base that nothing happens to; what others are compared with.</summary>
public sealed class UndisturbedRun : IAsyncLifetime
{
    internal TinyRun Run { get; private set; } = null!;

    public int ExitCode { get; private set; }

    public async Task InitializeAsync()
    {
        Run = await TinyRun.Create();
        ExitCode = await Run.Run();
    }

    public Task<byte[]> Adapter() => Run.Bytes("artifacts/adapter/adapter_model.safetensors");

    public async Task DisposeAsync() => await Run.DisposeAsync();
}

/// <summary>Trainers run one after the other: each wants the processor for itself, and they share torch's generator.</summary>
[CollectionDefinition(nameof(UndisturbedRun))]
public sealed class UndisturbedRunCollection : ICollectionFixture<UndisturbedRun>;
