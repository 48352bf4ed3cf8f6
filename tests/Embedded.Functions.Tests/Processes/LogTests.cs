using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Embedded.Functions.Tests.Processes;

/// <summary>What a host writes on its console.</summary>
public sealed class LogTests : IDisposable
{
    private readonly string state = Repository.NewFolder();

    public void Dispose() => Directory.Delete(state, recursive: true);

    [Fact]
    public async Task As_json_a_line_carries_its_invocation_and_the_levels_of_host_json_hold_by_category()
    {
        var port = HostProcess.FreePort();
        await using var host = new HostProcess(state, ["--port", $"{port}"], new()
        {
            ["Embedded__Logs"] = "json",
            ["AzureFunctionsJobHost__logging__logLevel__default"] = "Warning",
            ["AzureFunctionsJobHost__logging__logLevel__Sample"] = "Information",
        });
        using var http = await host.Answers(port);
        var id = (string)(await http.GetFromJsonAsync<JsonObject>("api/who/ann"))!["invocationId"]!;
        (await http.GetAsync("api/break")).Dispose();
        Assert.Equal(0, await host.Terminate());

        var lines = host.Output.Split('\n').Where(line => line.StartsWith('{')).Select(line => JsonNode.Parse(line)!).ToList();

        var said = Assert.Single(lines, line => (string?)line["Message"] == "asked who ann is");
        Assert.Equal(("Information", "Sample"), ((string?)said["LogLevel"], (string?)said["Category"]));
        Assert.Contains(id, said["Scopes"]!.ToJsonString());
        Assert.Contains(lines, line => (string?)line["LogLevel"] == "Error");
        Assert.DoesNotContain(lines, line => line != said && (string?)line["LogLevel"] == "Information");
    }
}
