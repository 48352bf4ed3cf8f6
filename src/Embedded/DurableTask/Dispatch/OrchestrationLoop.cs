using System.Collections.Concurrent;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using ServerlessTuning.Embedded.DurableTask.Orchestrations;
using ServerlessTuning.Embedded.DurableTask.Storage;

namespace ServerlessTuning.Embedded.DurableTask.Dispatch;

/// <summary>Leads each instance that was woken one step on.</summary>
internal sealed class OrchestrationLoop(
    Readers readers, Writer writer, Wakeups wakeups, IDurableFunctions functions, DurableEngineOptions options, ILoggerFactory loggers, TimeProvider time)
{
    private const int MostTries = 5;

    private readonly SessionCache sessions = new(options.CachedOrchestrations);
    private readonly VersionRule versions = new(options.DefaultVersion, options.VersionMatch, options.VersionFailure);
    private readonly ConcurrentDictionary<string, int> failures = new();
    private readonly ConcurrentDictionary<string, Session> strays = new(); // kept until their next step: whoever replays them anew sees nothing of it
    private readonly ILogger logger = loggers.CreateLogger("Durable.Orchestrations");

    /// <summary>Runs until stopped, then ends once the steps under way are on disk.</summary>
    public Task Run(CancellationToken stop) => Task.WhenAll(Enumerable.Range(0, options.MaxConcurrentOrchestrations).Select(_ => Task.Run(() => Work(stop), CancellationToken.None)));

    private async Task Work(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            string id;
            try
            {
                id = await wakeups.Take(stop);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            await StepOrBackOff(id);
            wakeups.Done(id);
        }
    }

    private async Task StepOrBackOff(string id)
    {
        try
        {
            await Step(id);
            failures.TryRemove(id, out _);
        }
#pragma warning disable CA1031 // one instance must not take the others with it
        catch (Exception failure)
#pragma warning restore CA1031
        {
            var tries = failures.AddOrUpdate(id, 1, (_, before) => before + 1);
            var isStorage = failure is Microsoft.Data.Sqlite.SqliteException or IOException;
            var delay = TimeSpan.FromSeconds(Math.Min(30, 0.1 * Math.Pow(2, Math.Min(tries, 10))));
            if (!isStorage && (failure is InvalidDataException || tries >= MostTries) && await Condemned(id, failure))
            {
                return;
            }

            logger.LogError(failure, "A step of orchestration '{InstanceId}' could not be done (try {Try}); next try in {Delay}", id, tries, delay);
            _ = Task.Delay(delay, time).ContinueWith(_ => wakeups.Wake(id), TaskScheduler.Default);
        }
    }

    private async Task Step(string id)
    {
        var session = sessions.Take(id);
        strays.TryRemove(id, out var stray);
        var instance = session?.Instance ?? readers.Find(id);
        var messages = instance is null ? [] : readers.Messages(id, time.GetUtcNow().UtcDateTime);
        if (instance is null or { IsFinished: true })
        {
            await Discard(messages);
            return;
        }

        if (versions.Against(instance) is { } mismatch)
        {
            await TurnAway(instance, mismatch);
            return;
        }

        session ??= Revive(instance);
        session = stray?.IsWhere(session) == true ? stray : session;
        var reading = Reading.Choose(messages, instance.Execution, session.IsStarted, instance.Status == OrchestrationRuntimeStatus.Suspended);
        if (reading.IsEmpty && !session.HasStrayed)
        {
            sessions.Keep(session);
            return;
        }

        var step = session.Advance([.. reading.Events], time.GetUtcNow().UtcDateTime);
        var after = await writer.Commit(change => new StepCommit(change, instance, reading, step).Apply());
        if (after is null)
        {
            wakeups.Wake(id); // the id has a new owner, who may have been woken while this step was under way
        }
        else if (step.Outcome is null)
        {
            session.Instance = after;
            sessions.Keep(session);
        }
        else
        {
            Log(after);
        }
    }

    private Session Revive(Instance instance)
    {
        Session? session = null;
        session = new Session(instance, functions, options, loggers, strayed: () =>
        {
            strays[instance.Id] = session!;
            wakeups.Wake(instance.Id);
        });
        session.Replay(readers.History(instance.Id));
        return session;
    }

    /// <summary>Leaves an instance of a wrong version, and what waits for it, to the next start of a host: this one's version stays as it is. Or fails it.</summary>
    private async Task TurnAway(Instance instance, TaskFailureDetails mismatch)
    {
        if (versions.Failure == VersionFailureStrategy.Fail)
        {
            await writer.Commit(change => change.Condemn(instance.Id, mismatch));
            logger.LogError("Orchestration {Name} '{InstanceId}' has failed: {Failure}", instance.Name, instance.Id, mismatch.ErrorMessage);
        }
        else
        {
            logger.LogWarning("Orchestration {Name} '{InstanceId}' waits: {Reason}", instance.Name, instance.Id, mismatch.ErrorMessage);
        }
    }

    /// <summary>Nobody reads what comes for an instance that has ended.</summary>
    private async Task Discard(List<Message> messages)
    {
        if (messages.Count > 0)
        {
            await writer.Commit(change => messages.ForEach(message => change.Take(message)));
        }
    }

    /// <summary>Fails an instance that the engine itself cannot lead on, so that the app's other instances never notice.</summary>
    private async Task<bool> Condemned(string id, Exception failure)
    {
        try
        {
            await writer.Commit(change => change.Condemn(id, TaskFailureDetails.FromException(failure)));
            logger.LogError(failure, "Orchestration '{InstanceId}' cannot be led on and has failed", id);
            return true;
        }
        catch (UnwritableException)
        {
            return false;
        }
    }

    private void Log(Instance instance)
    {
        if (instance.Status == OrchestrationRuntimeStatus.Failed)
        {
            logger.LogError("Orchestration {Name} '{InstanceId}' has failed: {Failure}", instance.Name, instance.Id, instance.Output);
        }
        else if (instance.IsFinished)
        {
            logger.LogInformation("Orchestration {Name} '{InstanceId}' is {Status}", instance.Name, instance.Id, instance.Status);
        }
    }
}
