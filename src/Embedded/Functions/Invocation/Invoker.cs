using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ServerlessTuning.Embedded.Functions.Discovery;
using ServerlessTuning.Embedded.Functions.Hosting;
using ServerlessTuning.Embedded.Functions.Http;

namespace ServerlessTuning.Embedded.Functions.Invocation;

/// <summary>
/// Runs functions, whatever triggers them: a scope and an id each, the app's middleware around the function, a time limit, a span, and a line of log at its end.
/// Whatever is logged meanwhile carries the invocation's id.
/// </summary>
internal sealed class Invoker
{
    private readonly IServiceProvider services;
    private readonly HostSettings settings;
    private readonly TimeProvider time;
    private readonly ILoggerFactory loggers;
    private readonly FunctionExecutionDelegate pipeline;

    public Invoker(IServiceProvider services, WorkerPipeline pipeline, HostSettings settings, TimeProvider time, ILoggerFactory loggers)
    {
        (this.services, this.settings, this.time, this.loggers) = (services, settings, time, loggers);
        this.pipeline = pipeline.Around(context => context.Features.Get<Call>()!.RunAsync());
    }

    /// <returns>What the function's method returned, or what its task holds; null for void.</returns>
    /// <exception cref="TimeoutException">It took longer than host.json's functionTimeout.</exception>
    public async Task<object?> InvokeAsync(FunctionMethod function, InvocationRequest request)
    {
        await using var scope = services.CreateAsyncScope();
        using var limit = request.IsReplay ? null : Limit(request.Stop);
        var context = new HostedContext(function, request, scope.ServiceProvider, limit?.Token ?? request.Stop);
        context.Features.Set(new Call(function, request, context));
        if (request.IsReplay)
        {
            await pipeline(context); // an orchestrator awaits durable tasks alone, so nothing here may wait for anything else
            return context.Result;
        }

        await Watched(function, context, request);
        return context.Result;
    }

    private async Task Watched(FunctionMethod function, HostedContext context, InvocationRequest request)
    {
        var log = loggers.CreateLogger($"Function.{function.Name}");
        using var mark = log.BeginScope(new InvocationMark(function.Name, context.InvocationId));
        using var activity = Telemetry.Start(function, context);
        var began = time.GetTimestamp();
        Exception? failure = null;
        try
        {
            await InTime(function, context, request);
        }
        catch (Exception e) // told to whoever listens, and thrown on
        {
            failure = e;
            throw;
        }
        finally
        {
            var duration = time.GetElapsedTime(began);
            Telemetry.Ended(function, activity, duration, failure);
            var level = Level(function, failure, request.Stop);
            log.Log(level, level == LogLevel.Error ? failure : null, "Executed '{Function}' ({Outcome}, Id={InvocationId}, Duration={Milliseconds:0}ms){Reason}",
                function.Name, failure is null ? "Succeeded" : "Failed", context.InvocationId, duration.TotalMilliseconds, failure is null ? "" : $": {failure.Message}");
        }
    }

    /// <summary>What the engine runs is in its history, and much; what a caller or a stop did wrong is no error of the app.</summary>
    private static LogLevel Level(FunctionMethod function, Exception? failure, CancellationToken stop) =>
        function.IsDurable ? LogLevel.Debug
        : failure is null || stop.IsCancellationRequested ? LogLevel.Information
        : failure is BadInputException or BadHttpRequestException ? LogLevel.Warning
        : LogLevel.Error;

    /// <summary>A function that does not heed its token is left behind: it can be given up, not stopped. The real host ends the whole worker.</summary>
    private async Task InTime(FunctionMethod function, HostedContext context, InvocationRequest request)
    {
        var run = pipeline(context);
        if (settings.FunctionTimeout is not { } limit || run.IsCompleted)
        {
            await run;
            return;
        }

        try
        {
            await run.WaitAsync(limit, time);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException && !request.Stop.IsCancellationRequested && (!run.IsCompleted || context.CancellationToken.IsCancellationRequested))
        {
            throw new TimeoutException($"Timeout value of {limit} was exceeded by function: {function.Name}. It is functionTimeout in host.json; work that takes longer belongs into an orchestration.", e);
        }
    }

    private CancellationTokenSource Limit(CancellationToken stop)
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(stop);
        if (settings.FunctionTimeout is { } limit)
        {
            source.CancelAfter(limit);
        }

        return source;
    }

    /// <summary>The end of the pipeline: bind and call.</summary>
    private sealed class Call(FunctionMethod function, InvocationRequest request, HostedContext context)
    {
        public async Task RunAsync() => context.Result = await function.InvokeAsync(context.InstanceServices, Bind);

        private ValueTask<object?> Bind(ParameterInfo parameter) => parameter.ParameterType switch
        {
            var type when parameter == function.TriggerParameter => request.Bind(parameter, context),
            var type when type == typeof(FunctionContext) => new(context),
            var type when type == typeof(CancellationToken) => new(context.CancellationToken),
            var type when type == typeof(DurableTaskClient) => new(context.InstanceServices.GetRequiredService<DurableTaskClient>()),
            _ => request.Bind(parameter, context),
        };
    }
}
