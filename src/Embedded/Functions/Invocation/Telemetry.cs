using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Azure.Functions.Worker;
using ServerlessTuning.Embedded.Functions.Discovery;

namespace ServerlessTuning.Embedded.Functions.Invocation;

/// <summary>A span and three instruments an invocation, named as OpenTelemetry's conventions for functions have them. Nobody listening, they cost nothing.</summary>
internal static class Telemetry
{
    /// <summary>The name of the worker package's source, so that a listener set up for Azure hears this host too.</summary>
    public const string SourceName = "Microsoft.Azure.Functions.Worker";

    private static readonly ActivitySource Source = new(SourceName);
    private static readonly Meter Meter = new(SourceName);
    private static readonly Counter<long> Invocations = Meter.CreateCounter<long>("faas.invocations", "{invocation}", "Invocations that succeeded.");
    private static readonly Counter<long> Errors = Meter.CreateCounter<long>("faas.errors", "{error}", "Invocations that failed.");
    private static readonly Histogram<double> Durations = Meter.CreateHistogram<double>("faas.invoke_duration", "s", "How long an invocation took.");

    /// <returns>Null when nobody listens.</returns>
    public static Activity? Start(FunctionMethod function, FunctionContext context)
    {
        var activity = Source.StartActivity($"function {function.Name}", ActivityKind.Server);
        activity?.SetTag("faas.name", function.Name).SetTag("faas.trigger", function.TriggerKind).SetTag("faas.invocation_id", context.InvocationId);
        return activity;
    }

    public static void Ended(FunctionMethod function, Activity? activity, TimeSpan duration, Exception? failure)
    {
        KeyValuePair<string, object?> name = new("faas.name", function.Name), trigger = new("faas.trigger", function.TriggerKind);
        (failure is null ? Invocations : Errors).Add(1, name, trigger);
        Durations.Record(duration.TotalSeconds, name, trigger);
        if (failure is not null)
        {
            activity?.SetStatus(ActivityStatusCode.Error, failure.Message).AddException(failure);
        }
    }
}
