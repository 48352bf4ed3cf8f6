using ServerlessTuning.Testing;

namespace ServerlessTuning.Embedded.Functions.Tests;

/// <summary>A host whose storage fails as told.</summary>
public class FaultyHost : RunningHost
{
    public FaultyStorage Proxy { get; private set; } = null!;

    protected override Dictionary<string, string?> Settings => new() { ["AzureWebJobsStorage"] = Proxy.ConnectionString };

    public override async Task InitializeAsync()
    {
        Proxy = await FaultyStorage.StartAsync(Storage.ConnectionString);
        await StartAsync();
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await Proxy.DisposeAsync();
    }
}
