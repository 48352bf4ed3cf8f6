using System.Net.Http.Json;
using Azure.Storage.Blobs;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using ServerlessTuning.Contracts;
using ServerlessTuning.Embedded.Functions.Hosting;
using ServerlessTuning.Functions.Compute;
using ServerlessTuning.Functions.Options;
using ServerlessTuning.Functions.Orchestrators;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Functions.Tests;

/// <summary>The whole app on a free port with a storage emulator of its own; only the trainers are fakes.</summary>
public class RunningApp : IAsyncLifetime
{
    private WebApplication app = null!;

    private Azurite Storage { get; } = new();

    public HttpClient Http { get; private set; } = null!;

    public BlobServiceClient Blobs => Storage.Blobs;

    internal FakeTrainers Trainers { get; private set; } = null!;

    public IServiceProvider Services => app.Services;

    protected string StorageConnection => Storage.ConnectionString;

    public virtual async Task InitializeAsync()
    {
        foreach (var container in new[] { BlobPaths.Datasets, BlobPaths.Models, BlobPaths.Runs })
        {
            await Blobs.CreateBlobContainerAsync(container);
        }

        var folder = TinyBase.Create();
        foreach (var file in Directory.GetFiles(folder))
        {
            await Blobs.GetBlobContainerClient(BlobPaths.Models).GetBlobClient(BlobPaths.Base("tiny") + Path.GetFileName(file)).UploadAsync(file);
        }

        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["urls"] = "http://127.0.0.1:0",
            ["AzureWebJobsStorage"] = Storage.ConnectionString, // Tuning:Storage follows from it
            ["Embedded:State"] = Repository.NewFolder(),
            ["Tuning:DefaultBase"] = "tiny",
            ["Tuning:SettleSeconds"] = "1",
            ["Tuning:PollSeconds"] = "0.3",
        });
        builder.Services.AddMvcCore();
        builder.Services.AddTuning();
        Trainers = new FakeTrainers(Blobs);
        builder.Services.AddSingleton<ITrainers>(Trainers);
        Configure(builder);
        app = EmbeddedHost.Build(builder, [typeof(TuneModel).Assembly]);
        await app.StartAsync();
        Http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
    }

    protected virtual void Configure(WebApplicationBuilder builder)
    {
    }

    public virtual async Task DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
        Http.Dispose();
        Storage.Dispose();
    }

    public Task Drop(string dataset, string file, string text) =>
        Blobs.GetBlobContainerClient(BlobPaths.Datasets).GetBlobClient($"{dataset}/{file}").UploadAsync(BinaryData.FromString(text), overwrite: true);

    public async Task<IReadOnlyList<RunView>> Runs(string dataset) => (await Http.GetFromJsonAsync<RunList>($"runs?dataset={dataset}", TuningJson.Options))!.Runs;

    public async Task<RunView> Get(string run) => (await Http.GetFromJsonAsync<RunView>($"runs/{run}", TuningJson.Options))!;

    /// <summary>Waits until the dataset has so many runs and all of them have ended.</summary>
    public async Task<IReadOnlyList<RunView>> Ended(string dataset, int count)
    {
        IReadOnlyList<RunView> runs = [];
        await Until(async () =>
        {
            runs = await Runs(dataset);
            return runs.Count >= count && runs.All(run => run.Result is not null);
        }, () => string.Join('\n', runs));
        return runs;
    }

    public static async Task Until(Func<Task<bool>> holds, Func<string>? state = null)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (!await holds())
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60), $"not within a minute; {state?.Invoke()}");
            await Task.Delay(100);
        }
    }

    /// <summary>Chat examples that differ.</summary>
    public static string Chats(int count) => string.Concat(Enumerable.Range(0, count).Select(i =>
        $$"""{"messages":[{"role":"user","content":"What is {{i}} and one?"},{"role":"assistant","content":"It is {{i + 1}}."}]}""" + "\n"));
}
