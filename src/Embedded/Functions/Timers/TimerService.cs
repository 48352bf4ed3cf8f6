using System.Text.Json;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ServerlessTuning.Embedded.Functions.Discovery;
using ServerlessTuning.Embedded.Functions.Hosting;

namespace ServerlessTuning.Embedded.Functions.Timers;

/// <summary>Timer triggers: one occurrence at a time; the schedule is remembered, so that one missed while the app was away runs once at the start, as past due.</summary>
internal sealed class TimerService(FunctionCatalog catalog, HostSettings settings, IConfiguration configuration, IServiceProvider services, TimeProvider time, ILogger<TimerService> log) : BackgroundService
{
    private static readonly TimeSpan LongestSleep = TimeSpan.FromHours(1);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(catalog.With<TimerTriggerAttribute>().Select(item => Keep(item.Function, item.Trigger, stoppingToken)));

    private async Task Keep(FunctionMethod function, TimerTriggerAttribute trigger, CancellationToken stop)
    {
        var schedule = new CronSchedule(Resolve(trigger.Schedule));
        var monitor = Path.Combine(settings.StateFolder, $"timer-{function.Name}.json");
        var status = trigger.UseMonitor ? Remembered(monitor) : null;
        var due = status?.Next ?? schedule.Next(Now);
        var pastDue = due < Now;
        while (!stop.IsCancellationRequested)
        {
            await WaitUntil(due, stop);
            if (stop.IsCancellationRequested)
            {
                return;
            }

            status = new ScheduleStatus { Last = Now, Next = schedule.Next(Now), LastUpdated = Now };
            await Run(function, new TimerInfo { ScheduleStatus = status, IsPastDue = pastDue }, stop);
            await File.WriteAllTextAsync(monitor + ".new", JsonSerializer.Serialize(status), CancellationToken.None);
            File.Move(monitor + ".new", monitor, overwrite: true); // the old schedule or the new one, never half of it
            (due, pastDue) = (status.Next, false);
        }
    }

    /// <summary>Sleeps an hour at most and looks again: clocks are set, and a delay holds 49 days at most.</summary>
    private async Task WaitUntil(DateTime due, CancellationToken stop)
    {
        while (due > Now && !stop.IsCancellationRequested)
        {
            var left = due - Now;
            await Task.Delay(left < LongestSleep ? left : LongestSleep, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>A file that cannot be read counts as none: the timer starts afresh.</summary>
    private static ScheduleStatus? Remembered(string monitor)
    {
        try
        {
            return File.Exists(monitor) ? JsonSerializer.Deserialize<ScheduleStatus>(File.ReadAllText(monitor)) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private DateTime Now => time.GetUtcNow().UtcDateTime;

    private async Task Run(FunctionMethod function, TimerInfo info, CancellationToken stop)
    {
        try
        {
            await function.InvokeAsync(services, (parameter, scope) =>
                parameter == function.TriggerParameter ? info
                : parameter.ParameterType == typeof(CancellationToken) ? stop
                : parameter.ParameterType == typeof(DurableTaskClient) ? scope.GetRequiredService<DurableTaskClient>()
                : throw new InvalidOperationException($"Function {function.Name}: parameter {parameter.Name} of type {parameter.ParameterType.Name} cannot be bound."));
        }
        catch (Exception e) when (!stop.IsCancellationRequested) // the edge of the invocation: the next occurrence runs all the same
        {
            log.LogError(e, "{Function} failed; it runs again when it is due", function.Name);
        }
    }

    /// <summary><c>%Name%</c> is a setting's value.</summary>
    private string Resolve(string schedule) => schedule is ['%', .. var name, '%']
        ? configuration[name] ?? throw new InvalidOperationException($"Timer schedule {schedule}: the setting {name} is missing.") : schedule;
}
