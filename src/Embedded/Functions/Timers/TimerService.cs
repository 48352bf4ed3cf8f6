using System.Text.Json;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using ServerlessTuning.Embedded.Functions.Discovery;
using ServerlessTuning.Embedded.Functions.Hosting;
using ServerlessTuning.Embedded.Functions.Invocation;

namespace ServerlessTuning.Embedded.Functions.Timers;

/// <summary>Timer triggers: one occurrence at a time; the schedule is remembered, so that one missed while the app was away runs once at the start, as past due.</summary>
internal sealed class TimerService(FunctionCatalog catalog, HostSettings settings, IConfiguration configuration, Invoker invoker, TimeProvider time) : BackgroundService
{
    private List<(FunctionMethod Function, TimerTriggerAttribute Trigger, CronSchedule Schedule)> timers = [];

    /// <exception cref="FormatException">A schedule cannot be read: the host does not start.</exception>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        timers = [.. catalog.With<TimerTriggerAttribute>().Select(item => (item.Function, item.Trigger, new CronSchedule(Resolve(item.Trigger.Schedule))))];
        return base.StartAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(timers.Select(timer => Keep(timer.Function, timer.Trigger, timer.Schedule, stoppingToken)));

    private async Task Keep(FunctionMethod function, TimerTriggerAttribute trigger, CronSchedule schedule, CancellationToken stop)
    {
        var monitor = Path.Combine(settings.StateFolder, $"timer-{function.Name}.json");
        var status = trigger.UseMonitor ? Remembered(monitor) : null;
        var due = status?.Next ?? schedule.Next(Now);
        var pastDue = due < Now;
        while (!stop.IsCancellationRequested)
        {
            await time.WaitUntilAsync(due, stop);
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
            await invoker.InvokeAsync(function, new((parameter, _) => new(parameter == function.TriggerParameter ? info
                : throw new InvalidOperationException($"Function {function.Name}: parameter {parameter.Name} of type {parameter.ParameterType.Name} cannot be bound.")))
            { Stop = stop });
        }
        catch (Exception) when (!stop.IsCancellationRequested)
        {
            // The edge of the invocation, which is logged already: the next occurrence runs all the same.
        }
    }

    /// <summary><c>%Name%</c> is a setting's value.</summary>
    private string Resolve(string schedule) => schedule is ['%', .. var name, '%']
        ? configuration[name] ?? throw new InvalidOperationException($"Timer schedule {schedule}: the setting {name} is missing.") : schedule;
}
