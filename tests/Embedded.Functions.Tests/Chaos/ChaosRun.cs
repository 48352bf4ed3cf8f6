using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using ServerlessTuning.Embedded.Functions.Tests.Processes;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Embedded.Functions.Tests.Chaos;

/// <summary>Orchestrations in a host that dies, steered over HTTP alone; what was answered 202 is written down and asked for at the end.</summary>
internal sealed class ChaosRun(int ofEachShape, int events) : IDisposable
{
    private const string Base = "runtime/webhooks/durabletask";
    private readonly List<int> taken = [];
    private int sent;

    public string State { get; } = Repository.NewFolder();

    public int Port { get; } = HostProcess.FreePort();

    public IEnumerable<string> Ids => Enumerable.Range(0, ofEachShape).SelectMany(i => ChaosFunctions.Names.Select(shape => $"{shape}-{i}"));

    /// <summary>Events that the host said it had taken, by each collector.</summary>
    public int Taken => taken.Count;

    private IEnumerable<string> Collectors => Ids.Where(id => id.StartsWith(nameof(ChaosFunctions.Collect), StringComparison.Ordinal));

    public HostProcess Host(string limits = ":") => new(State, ["--port", $"{Port}"], new() { [ChaosFunctions.Folder] = State, ["AzureFunctionsJobHost__logging__logLevel__default"] = "Warning" }, limits);

    public void Dispose() => Directory.Delete(State, recursive: true);

    /// <summary>Starts what is not there yet. 409: it was taken although the answer was lost.</summary>
    public async Task Start(HttpClient http)
    {
        foreach (var id in Ids)
        {
            using var answer = await http.PostAsync($"{Base}/orchestrators/{id.Split('-')[0]}/{id}", null);
            Assert.Contains(answer.StatusCode, new[] { HttpStatusCode.Accepted, HttpStatusCode.Conflict });
        }
    }

    /// <summary>Sends numbers, each once to each collector, until the host dies. A number counts as taken when all collectors' answers were 202.</summary>
    public async Task Send(HttpClient http, CancellationToken stop)
    {
        while (sent < events && !stop.IsCancellationRequested)
        {
            var number = sent++; // before it is sent: what the host died over is not sent again, since it may be there
            var answers = await Task.WhenAll(Collectors.Select(id => Raise(http, id, number)));
            if (answers.All(accepted => accepted))
            {
                taken.Add(number);
            }

            await Task.Delay(10, CancellationToken.None);
        }
    }

    /// <summary>The collectors' end; then waits until every orchestration has ended.</summary>
    public async Task Finish(HttpClient http)
    {
        await Send(http, CancellationToken.None);
        foreach (var id in Collectors)
        {
            await Raise(http, id, -1);
        }

        for (var i = 0; i < 1200; i++)
        {
            if (await AllEnded(http))
            {
                return;
            }

            await Task.Delay(50);
        }

        Assert.Fail("Not every orchestration has ended within a minute.");
    }

    /// <summary>All complete, each result and timer recorded once, no event lost, each effect there, the database whole.</summary>
    public async Task Check(HttpClient http)
    {
        var effects = File.Exists(Path.Combine(State, "effects.txt")) ? (await File.ReadAllLinesAsync(Path.Combine(State, "effects.txt"))).ToHashSet() : [];
        foreach (var id in Ids)
        {
            var instance = (await http.GetFromJsonAsync<JsonObject>($"{Base}/instances/{id}?showHistory=true&showHistoryOutput=true"))!;
            Assert.Equal("Completed", (string?)instance["runtimeStatus"]);
            Check(id, instance["output"]!, [.. instance["historyEvents"]!.AsArray().Select(entry => (string)entry!["EventType"]!)], effects);
        }
    }

    /// <summary>Once no host holds it.</summary>
    public void CheckDatabase()
    {
        using var database = new SqliteConnection($"Data Source={Path.Combine(State, "durable.db")}");
        database.Open();
        using var command = database.CreateCommand();
        command.CommandText = "PRAGMA integrity_check";
        Assert.Equal("ok", command.ExecuteScalar());
        command.CommandText = "SELECT (SELECT COUNT(*) FROM work) + (SELECT COUNT(*) FROM inbox)";
        Assert.Equal(0L, command.ExecuteScalar());
    }

    private static async Task<bool> Raise(HttpClient http, string id, int number)
    {
        try
        {
            using var answer = await http.PostAsJsonAsync($"{Base}/instances/{id}/raiseEvent/Number", number);
            return answer.StatusCode == HttpStatusCode.Accepted;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or TaskCanceledException)
        {
            return false;
        }
    }

    private static async Task<bool> AllEnded(HttpClient http) =>
        (await http.GetFromJsonAsync<JsonArray>($"{Base}/instances?runtimeStatus=Running,Pending,Suspended,ContinuedAsNew&top=1000"))!.Count == 0;

    private void Check(string id, JsonNode output, List<string> history, HashSet<string> effects)
    {
        int Count(string type) => history.Count(entry => entry == type);
        switch (id.Split('-')[0])
        {
            case nameof(ChaosFunctions.Collect):
                var numbers = output.AsArray().Select(number => (int)number!).ToList();
                Assert.Equal(numbers.Distinct(), numbers);
                Assert.Empty(taken.Except(numbers));
                break;
            case nameof(ChaosFunctions.Naps):
                Assert.Equal((ChaosFunctions.NapCount, ChaosFunctions.NapCount), ((int)output, Count("TimerFired")));
                break;
            case nameof(ChaosFunctions.Tree):
                Assert.Equal((ChaosFunctions.Branches * ChaosFunctions.BranchLength, ChaosFunctions.Branches), ((int)output, Count("SubOrchestrationInstanceCompleted")));
                break;
            case var shape:
                var width = shape == nameof(ChaosFunctions.Chain) ? ChaosFunctions.ChainLength : ChaosFunctions.FanWidth;
                Assert.Equal((width, width), ((int)output, Count("TaskCompleted")));
                Assert.All(Enumerable.Range(0, width), i => Assert.Contains($"{id}/{i}", effects));
                break;
        }
    }
}
