using ServerlessTuning.Testing;

namespace ServerlessTuning.Embedded.Functions.Tests.Processes;

/// <summary>Spans and metrics over OTLP, switched on as on Azure and off without.</summary>
public sealed class TelemetryTests : IAsyncLifetime
{
    private readonly string state = Repository.NewFolder();
    private Collector collector = null!;

    public async Task InitializeAsync() => collector = await Collector.StartAsync();

    public async Task DisposeAsync()
    {
        await collector.DisposeAsync();
        Directory.Delete(state, recursive: true);
    }

    [Theory]
    [InlineData("OpenTelemetry")]
    [InlineData(null)]
    public async Task An_invocation_reaches_the_collector_as_a_span_and_as_a_count(string? mode)
    {
        await Call(mode, collector.Address);

        var spans = Of("/v1/traces");
        var metrics = Of("/v1/metrics");
        Assert.Contains("function WhoAmI", spans);
        Assert.Contains("faas.trigger", spans);
        Assert.Contains("Microsoft.AspNetCore.Hosting.HttpRequestIn", spans); // the request around it
        Assert.Contains("faas.invocations", metrics);
        Assert.Contains("faas.invoke_duration", metrics);
        Assert.All([spans, metrics], text => Assert.Contains("walked-app", text)); // OTEL_SERVICE_NAME
        Assert.All(collector.Received, one => Assert.Equal(("application/x-protobuf", "secret"), (one.Type, one.Key)));
    }

    [Theory]
    [InlineData("ApplicationInsights", true)]
    [InlineData(null, false)]
    [InlineData("OpenTelemetry", false)]
    public async Task Without_the_switch_nothing_is_sent_and_no_exporter_is_loaded(string? mode, bool hasEndpoint)
    {
        var output = await Call(mode, hasEndpoint ? collector.Address : null, isOn: false);

        Assert.Empty(collector.Received);
        Assert.Equal(mode == "OpenTelemetry", output.Contains("OTEL_EXPORTER_OTLP_ENDPOINT is missing", StringComparison.Ordinal));
    }

    /// <summary>One call of a function in a host that then ends in good order.</summary>
    private async Task<string> Call(string? mode, string? endpoint, bool isOn = true)
    {
        var settings = new Dictionary<string, string> { ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf", ["OTEL_SERVICE_NAME"] = "walked-app", ["OTEL_EXPORTER_OTLP_HEADERS"] = "x-key=secret" };
        Add("AzureFunctionsJobHost__telemetryMode", mode);
        Add("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint);
        var port = HostProcess.FreePort();
        await using var host = new HostProcess(state, ["--port", $"{port}"], settings);
        using var http = await host.Answers(port);
        (await http.GetAsync("api/who/ann")).EnsureSuccessStatusCode();
        Assert.Equal(isOn, host.HasLoaded("OpenTelemetry"));
        Assert.Equal(0, await host.Terminate());
        return host.Output;

        void Add(string name, string? value)
        {
            if (value is not null)
            {
                settings[name] = value;
            }
        }
    }

    private string Of(string path) => string.Concat(collector.Received.Where(one => one.Path == path).Select(one => one.Text));
}
