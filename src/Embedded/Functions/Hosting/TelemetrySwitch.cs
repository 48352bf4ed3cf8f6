using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ServerlessTuning.Embedded.Functions.Hosting;

/// <summary>Telemetry is sent once OTEL_EXPORTER_OTLP_ENDPOINT names a collector and host.json's telemetryMode says nothing else than OpenTelemetry. The Functions host on Azure wants both.</summary>
/// <remarks>Switched off, not even the exporter's assemblies are loaded.</remarks>
internal sealed class TelemetrySwitch(IConfiguration configuration, IHostEnvironment environment, ILogger<TelemetrySwitch> log) : IHostedService, IDisposable
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private TelemetryExport? export;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var (mode, collector) = (configuration[$"{HostFiles.Section}:telemetryMode"], configuration[Endpoint]);
        var isWanted = string.Equals(mode, "OpenTelemetry", StringComparison.OrdinalIgnoreCase);
        if (collector is { Length: > 0 } && (isWanted || mode is null))
        {
            export = new(configuration, environment.ApplicationName);
            log.LogInformation("Spans and metrics go to {Endpoint} over OTLP", collector);
        }
        else if (isWanted)
        {
            log.LogWarning("host.json: telemetryMode is {Mode}, but the setting {Setting} is missing, so spans and metrics go nowhere. Set it to a collector's address, for example http://localhost:4317", mode, Endpoint);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.Run(Dispose, cancellationToken);

    public void Dispose() => Interlocked.Exchange(ref export, null)?.Dispose();
}
