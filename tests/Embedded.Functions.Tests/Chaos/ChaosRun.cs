using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using ServerlessTuning.Embedded.Functions.Tests.Processes;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Embedded.Functions.Tests.Chaos;

/// <summary>Orchestrations in a host that dies, steered over HTTP alone; what was answered 202 is written down and asked for at the end.</summary>
internal sealed class ChaosRun : IDisposable
{
    private const string Base = "runtime/webhooks/durabletask";
    private readonly int ofEachShape, events;
    private readonly List<int> taken = [];
    private readonly List<string> started = [];
    private readonly Queue<string> waiting = [];
    private int sent, waves;

    /// <param name="events">Numbers that the collectors are sent in all.</param>
    public ChaosRun(int ofEachShape, int events)
    {
        (this.ofEachShape, this.events) = (ofEachShape, events);
        AddWave();
    }

    public string State { get; } = Repository.NewFolder();

    public int Port { get; } = HostProcess.FreePort();

    /// <summary>Orchestrations that the host said it had taken.</summary>
    public IReadOnlyList<string> Ids => started;

    /// <summary>Events that the host said it had taken, by each collector.</summary>
    public int Taken => taken.Count;

    private IEnumerable<string> Collectors => started.Where(id => id.StartsWith(nameof(ChaosFunctions.Collect), StringComparison.Ordinal));

    public HostProcess Host(string limits = ":") => new(State, ["--port", $"{Port}"], new() { [ChaosFunctions.Folder] = State, ["AzureFunctionsJobHost__logging__logLevel__default"] = "Warning" }, limits);

    public void Dispose() => Directory.Delete(State, recursive: true);

    /// <summary>More of each shape are to be started; of the collectors, which live until the end, only once.</summary>
    public void AddWave()
    {
        foreach (var shape in ChaosFunctions.Names.Where(shape => waves == 0 || shape != nameof(ChaosFunctions.Collect)))
        {
            for (var i = 0; i < ofEachShape; i++)
            {
                waiting.Enqueue($"{shape}-{waves}-{i}");
            }
        }

        waves++;
    }

    /// <summary>Starts what waits, until the host dies. 409: it was taken although the answer was lost.</summary>
    public async Task Start(HttpClient http)
    {
        while (waiting.TryPeek(out var id))
        {
            try
            {
                using var answer = await http.PostAsync($"{Base}/orchestrators/{id.Split('-')[0]}/{id}", null);
                Assert.Contains(answer.StatusCode, new[] { HttpStatusCode.Accepted, HttpStatusCode.Conflict });
                started.Add(waiting.Dequeue());
            }
            catch (Exception e) when (e is HttpRequestException or IOException or TaskCanceledException)
            {
                return;
            }
        }
    }

    /// <summary>Sends numbers, each once to each collector, until the host dies; none before all were started. A number counts as taken when all collectors' answers were 202.</summary>
    public async Task Send(HttpClient http, CancellationToken stop)
    {
        while (waiting.Count == 0 && sent < events && !stop.IsCancellationRequested)
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
        await Start(http);
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
