using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using ServerlessTuning.Embedded.Functions.Hosting;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Embedded.Functions.Tests;

/// <summary>A host with the sample functions on a free port and a storage emulator of its own.</summary>
public sealed class RunningHost : IAsyncLifetime
{
    private WebApplication app = null!;

    public Azurite Storage { get; } = new();

    public Seen Seen { get; } = new();

    public HttpClient Http { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        var builder = EmbeddedHost.Prepare(["--urls", "http://127.0.0.1:0"]);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["AzureWebJobsStorage"] = Storage.ConnectionString,
            ["Embedded:State"] = Repository.NewFolder(),
            ["AzureWebJobs.Never.Disabled"] = "true",
        });
        builder.Services.AddSingleton(Seen);
        app = EmbeddedHost.Build(builder, [typeof(RunningHost).Assembly]);
        await app.StartAsync();
        Http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
    }

    public async Task DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
        Http.Dispose();
        Storage.Dispose();
    }
}
