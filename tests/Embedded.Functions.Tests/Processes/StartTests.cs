using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Embedded.Functions.Tests.Processes;

/// <summary>A host that cannot start says why in one line, and its exit code says that it did not.</summary>
public sealed class StartTests : IDisposable
{
    private readonly string state = Repository.NewFolder();

    public void Dispose() => Directory.Delete(state, recursive: true);

    [Fact]
    public async Task A_port_in_use_is_named_with_what_to_do()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        await Refused(["--urls", $"http://127.0.0.1:{port}"], $"cannot listen on http://127.0.0.1:{port}", "another program holds that port", "--port");
    }

    [Fact]
    public async Task A_second_host_on_the_same_history_is_refused()
    {
        var port = HostProcess.FreePort();
        await using var first = new HostProcess(state, ["--port", $"{port}"]);
        using var http = await first.Answers(port);

        await Refused(["--port", $"{HostProcess.FreePort()}"], "is in use", "Stop the other one");

        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("admin/host/status")).StatusCode);
    }

    [Fact]
    public async Task A_history_that_cannot_be_written_is_named_with_what_to_do()
    {
        var file = Path.Combine(state, "durable.db");
        var port = HostProcess.FreePort();
        await using (var first = new HostProcess(state, ["--port", $"{port}"]))
        {
            (await first.Answers(port)).Dispose();
            Assert.Equal(0, await first.Terminate());
        }

        await Run("chmod", "a-w", file);
        await Run("chattr", "+i", file); // root may write what is read-only, but not what is immutable
        try
        {
            await Refused(["--port", $"{HostProcess.FreePort()}"], $"The durable history {file} cannot be written", "Embedded:State");
        }
        finally
        {
            await Run("chattr", "-i", file);
        }
    }

    [Theory]
    [InlineData("--port", "often", "--port: found 'often', expected a port")]
    [InlineData("--AzureFunctionsJobHost:extensions:http:maxConcurrentRequests", "0", "host.json, extensions.http.maxConcurrentRequests: found '0', expected a whole number of at least 1")]
    [InlineData("--AzureFunctionsJobHost:functionTimeout", "long", "host.json, functionTimeout: found 'long', expected a time such as 00:10:00")]
    [InlineData("--AzureWebJobs:OnText:Disabled", "false", "Setting AzureWebJobsStorage: found nothing")]
    public Task A_setting_that_cannot_be_is_named(string option, string value, string message) =>
        Refused(option == "--port" ? [option, value] : ["--port", $"{HostProcess.FreePort()}", option, value], message);

    [Fact]
    public async Task A_setting_of_host_json_that_nobody_follows_is_said_once()
    {
        var port = HostProcess.FreePort();
        await using var host = new HostProcess(state, ["--port", $"{port}"], new() { ["AzureFunctionsJobHost__singleton__lockPeriod"] = "00:00:15" });
        (await host.Answers(port)).Dispose();
        Assert.Equal(0, await host.Terminate());

        var line = Assert.Single(host.Output.Split('\n'), line => line.Contains("is not honoured here", StringComparison.Ordinal));
        Assert.Contains("warn: ", line);
        Assert.Contains("host.json: singleton is not honoured here", line);
    }

    private async Task Refused(string[] args, params string[] messages)
    {
        await using var host = new HostProcess(state, args);

        Assert.Equal(1, await host.Ended());
        var line = Assert.Single(host.Output.Split('\n'), line => line.StartsWith("error: ", StringComparison.Ordinal));
        Assert.All(messages, message => Assert.Contains(message, line));
        Assert.DoesNotContain("   at ", host.Output); // no stack trace
    }

    private static async Task Run(string program, params string[] args)
    {
        using var process = Process.Start(new ProcessStartInfo(program, args) { RedirectStandardError = true })!;
        await process.WaitForExitAsync();
    }
}
