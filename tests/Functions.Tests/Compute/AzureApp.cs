using System.Net.Http.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Compute;
using ServerlessTuning.Functions.Triggers;
using ServerlessTuning.Testing.Azure;

namespace ServerlessTuning.Functions.Tests.Compute;

/// <summary>The whole app with its own trainers on the machines of a fake Azure.</summary>
public class AzureApp : RunningApp
{
    public FakeResourceManager Azure { get; } = new();

    internal LogCapture Log { get; } = new();

    public string Connection => StorageConnection;

    public static double PerHour(FakeMachine machine)
    {
        var size = machine.Size == AzureCompute.Small.Name ? AzureCompute.Small : AzureCompute.Large;
        return machine.IsSpot ? size.SpotPerHour : size.OnDemandPerHour;
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await Azure.DisposeAsync();
    }

    /// <summary>A dataset for runs that are posted: the drop's own run ends at once, since its base is not there. Once for each name.</summary>
    public async Task DropForPosts(string dataset, int chats)
    {
        if ((await Runs(dataset)).Count == 0)
        {
            await Drop(dataset, "tuning.json", """{ "base": "not-there" }""");
            await Drop(dataset, "train.jsonl", Chats(chats));
            await Ended(dataset, 1);
        }
    }

    public async Task<RunView> Post(string dataset, object more)
    {
        var body = System.Text.Json.Nodes.JsonNode.Parse(System.Text.Json.JsonSerializer.Serialize(more))!.AsObject();
        body["dataset"] = dataset;
        using var answer = await Http.PostAsJsonAsync("runs", body);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<RunView>(TuningJson.Options))!;
    }

    /// <summary>What the timer does every two minutes.</summary>
    public Task Sweep() => new SweepTrainers(Services.GetRequiredService<ITrainers>(), NullLogger<SweepTrainers>.Instance)
        .Run(null!, Services.GetRequiredService<DurableTaskClient>(), CancellationToken.None);

    protected override void Configure(WebApplicationBuilder builder)
    {
        builder.Logging.AddProvider(Log);
        var settings = AzureCompute.Settings();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Tuning:Azure:Subscription"] = settings.Subscription,
            ["Tuning:Azure:ResourceGroup"] = settings.ResourceGroup,
            ["Tuning:Azure:Places:0:Region"] = settings.Places[0].Region,
            ["Tuning:Azure:Places:0:Subnet"] = settings.Places[0].Subnet,
            ["Tuning:Azure:TrainerIdentity"] = settings.TrainerIdentity,
            ["Tuning:Azure:TrainerIdentityClientId"] = settings.TrainerIdentityClientId,
            ["Tuning:Azure:TrainerImage"] = settings.TrainerImage,
            ["Tuning:Azure:RefusalMinutes"] = "0.03",
            ["Tuning:Azure:StartMinutes"] = "0.3",
            ["Tuning:Azure:ChoresMinutes"] = "0",
            ["Tuning:Azure:StopSeconds"] = "6",
            ["Tuning:Azure:DeletionSeconds"] = "6",
            ["Tuning:SilenceSeconds"] = "30",
            ["Tuning:StartSeconds"] = "60",
        });
        builder.Services.PostConfigure<AzureOptions>(options => options.Sizes = settings.Sizes);
        builder.Services.AddSingleton(_ => AzureCompute.Client(Azure));
        builder.Services.AddSingleton<ITrainers>(provider => provider.GetRequiredService<AzureTrainers>());
    }
}
