using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using ServerlessTuning.Embedded.DurableTask;
using ServerlessTuning.Embedded.Functions.Hosting;
using ServerlessTuning.Functions.Options;
using ServerlessTuning.Functions.Orchestrators;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Functions.Tests.Histories;

/// <summary>
/// Runs that an earlier release began must be led on by the next one. Each orchestrator is replayed here against histories recorded before; where it asks for
/// something else, a release would fail the runs in flight. Then branch on <c>context.Version</c> and raise host.json's <c>defaultVersion</c>, so that old runs go the
/// old way. Record anew (RecordHistories) only what no running instance can have any more.
/// </summary>
public sealed class RecordedHistoriesTests : IAsyncDisposable
{
    private readonly WebApplication app = Build();

    public static TheoryData<string> Recorded => [.. HistoryFiles.Names];

    [Theory, MemberData(nameof(Recorded))]
    public void The_code_follows(string recorded) =>
        Assert.All(HistoryFiles.Read(recorded), history => Assert.Null(app.Services.GetRequiredService<DurableEngine>().Departure(history)));

    [Fact]
    public void Every_orchestrator_has_been_recorded() => Assert.Equal(
        [nameof(PrepareDataset), nameof(TuneModel), nameof(WaitForTrainer)],
        HistoryFiles.Names.SelectMany(HistoryFiles.Read).Select(history => history.Name).Distinct().Order(StringComparer.Ordinal));

    public ValueTask DisposeAsync() => app.DisposeAsync();

    /// <summary>The app with its serializer, never started.</summary>
    private static WebApplication Build()
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["AzureWebJobsStorage"] = "UseDevelopmentStorage=true",
            ["Embedded:State"] = Repository.NewFolder(),
        });
        builder.Services.AddMvcCore();
        builder.Services.AddTuning();
        return EmbeddedHost.Build(builder, [typeof(TuneModel).Assembly]);
    }
}
