using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using ServerlessTuning.Embedded.Functions.Hosting;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Embedded.Functions.Tests;

/// <summary>A host with the sample functions on a free port and a storage emulator of its own.</summary>
public class RunningHost : IAsyncLifetime
{
    private WebApplication? app;

    public Azurite Storage { get; } = new();

    public Seen Seen { get; } = new();

    public HttpClient Http { get; private set; } = null!;

    public string State { get; } = Repository.NewFolder();

    /// <summary>Settings beside those that every host here has.</summary>
    protected virtual Dictionary<string, string?> Settings => [];

    public virtual Task InitializeAsync() => StartAsync();

    /// <summary>Starts the host, also after it was stopped, on the same files.</summary>
    public async Task StartAsync()
    {
        var builder = EmbeddedHost.Prepare(["--urls", "http://127.0.0.1:0"]);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["AzureWebJobsStorage"] = Storage.ConnectionString,
            ["Embedded:State"] = State,
            ["AzureWebJobs.Never.Disabled"] = "true",
        });
        builder.Configuration.AddInMemoryCollection(Settings);
        builder.Services.AddSingleton(Seen);
        Configure(builder);
        app = EmbeddedHost.Build(builder, [typeof(RunningHost).Assembly]);
        await app.StartAsync();
        Http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
    }

    public async Task StopAsync()
    {
        if (app is not null)
        {
            await app.StopAsync();
            await app.DisposeAsync();
            Http.Dispose();
            app = null;
        }
    }

    public virtual async Task DisposeAsync()
    {
        await StopAsync();
        Storage.Dispose();
    }

    protected virtual void Configure(WebApplicationBuilder builder)
    {
    }
}
