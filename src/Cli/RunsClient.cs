using System.Net.Http.Json;
using ServerlessTuning.Contracts;

namespace ServerlessTuning.Cli;

/// <summary>The functions app's HTTP API, as far as the command line needs it.</summary>
public sealed class RunsClient(Uri url) : IDisposable
{
    private readonly HttpClient http = new() { BaseAddress = url, Timeout = TimeSpan.FromSeconds(10) };

    /// <summary>Newest first; the first page.</summary>
    public async Task<IReadOnlyList<RunView>> List() =>
        (await http.GetFromJsonAsync<RunList>("runs", TuningJson.Options))!.Runs;

    public async Task<RunView> Get(string run)
    {
        using var answer = await http.GetAsync($"runs/{run}");
        return answer.IsSuccessStatusCode ? (await answer.Content.ReadFromJsonAsync<RunView>(TuningJson.Options))!
            : throw new UserError($"GET {http.BaseAddress}runs/{run} answered {(int)answer.StatusCode}; GET /runs lists the runs there are");
    }

    /// <summary>Waits until a drop has become a run.</summary>
    /// <param name="before">Ids that were there before the drop.</param>
    public async Task<string> NewRun(string dataset, IReadOnlySet<string> before, TimeSpan patience, CancellationToken stop)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (clock.Elapsed < patience)
        {
            if ((await List()).FirstOrDefault(run => run.Dataset == dataset && !before.Contains(run.Id)) is { } run)
            {
                return run.Id;
            }

            await Task.Delay(200, stop);
        }

        throw new UserError($"no run started within {patience.TotalSeconds:0} s of the drop into datasets/{dataset}/; the app's log says why");
    }

    public void Dispose() => http.Dispose();
}
