using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using ServerlessTuning.Embedded.Functions.Invocation;

namespace ServerlessTuning.Embedded.Functions.Hosting;

/// <summary>Sends the host's spans and metrics to a collector over OTLP, as the standard variables say (OTEL_EXPORTER_OTLP_PROTOCOL, OTEL_EXPORTER_OTLP_HEADERS, OTEL_METRIC_EXPORT_INTERVAL ...).</summary>
/// <param name="configuration">Where the variables are read from, so that local.settings.json counts as the environment does.</param>
/// <param name="appName">The service's name unless the variables give one.</param>
internal sealed class TelemetryExport(IConfiguration configuration, string appName) : IDisposable
{
    private readonly OpenTelemetrySdk sdk = OpenTelemetrySdk.Create(telemetry =>
    {
        telemetry.Services.AddSingleton(configuration);
        telemetry.ConfigureResource(resource => Name(resource, configuration, appName))
            .WithTracing(tracing => tracing.AddSource(Telemetry.SourceName, "Microsoft.AspNetCore")) // the request is a function's parent: were it left out, its function would not be sampled
            .WithMetrics(metrics => metrics.AddMeter(Telemetry.SourceName))
            .UseOtlpExporter();
    });

    /// <summary>Sends what has not been sent yet.</summary>
    public void Dispose() => sdk.Dispose();

    private static void Name(ResourceBuilder resource, IConfiguration configuration, string appName)
    {
        if (configuration["OTEL_SERVICE_NAME"] is null && configuration["OTEL_RESOURCE_ATTRIBUTES"]?.Contains("service.name=", StringComparison.Ordinal) != true)
        {
            resource.AddService(appName);
        }
    }
}
