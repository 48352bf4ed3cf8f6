using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Activities;
using ServerlessTuning.Functions.Planning;
using ServerlessTuning.Functions.Registry;

namespace ServerlessTuning.Functions.Orchestrators;

/// <summary>The life of a run, from dropped files to a published model.</summary>
public static class TuneModel
{
    /// <summary>A folder that never comes to rest is frozen after so many looks: a day of uploads, ten seconds apart.</summary>
    private const int MostLooks = 8640;

    [Function(nameof(TuneModel))]
    public static async Task<RunResult> Run([OrchestrationTrigger] TaskOrchestrationContext run, TuneInput input)
    {
        RunResult result;
        try
        {
            result = await Tune(run, input, new Cancellation(run));
        }
        catch (RunCancelledException e)
        {
            result = Endings.Cancelled(e.Message);
        }
        catch (TaskFailedException e)
        {
            result = Endings.Failed($"{e.TaskName} failed: {e.FailureDetails.ErrorMessage}");
        }

        result = await run.CallActivityAsync<RunResult?>(nameof(RecordResult), new RecordInput(run.InstanceId, result), Retries.Storage) ?? result;
        run.SetCustomStatus(new RunStatus("done", Message: result.Reason));
        return result;
    }

    private static async Task<RunResult> Tune(TaskOrchestrationContext run, TuneInput input, Cancellation cancel)
    {
        run.SetCustomStatus(new RunStatus("preparing"));
        await Settle(run, input.Dataset, cancel);
        var frozen = await cancel.Unless(run.CallActivityAsync<Frozen>(nameof(FreezeRequest), new FreezeInput(run.InstanceId, input.Dataset, input.IsPosted), Retries.Storage));
        if (frozen.Base is null)
        {
            return Endings.Rejected("The request cannot be carried out.", frozen.Problems);
        }

        if (frozen.SameAs is { } other)
        {
            return Endings.SameAs(other);
        }

        var model = await cancel.Unless(run.CallActivityAsync<InspectedBase>(nameof(InspectBase), frozen.Base, Retries.Storage));
        if (model.Facts is null)
        {
            return Endings.Rejected($"The base model \"{frozen.Base}\" cannot be trained.", model.Problems);
        }

        var data = await cancel.Unless(run.CallSubOrchestratorAsync<DatasetReport>(nameof(PrepareDataset), new PrepareInput(run.InstanceId, frozen.Base)));
        if (!data.Usable)
        {
            return Endings.RejectedDataset(run.InstanceId, data);
        }

        run.SetCustomStatus(new RunStatus("planning"));
        var plan = await cancel.Unless(run.CallActivityAsync<PlanSummary>(nameof(PlanTraining), new PlanInput(run.InstanceId, model.Facts), Retries.Storage));
        if (plan.Problems.Count > 0)
        {
            return Endings.Rejected("The request cannot be carried out.", plan.Problems);
        }

        if (plan.OverBudget is { } costs)
        {
            return Endings.OverBudget(costs);
        }

        if (await new TrainerAttempts(run, cancel).Train(plan) is { } ended)
        {
            return ended;
        }

        run.SetCustomStatus(new RunStatus("gate"));
        var scores = await cancel.Unless(run.CallActivityAsync<Evaluated>(nameof(ReadEvaluation), run.InstanceId, Retries.Storage));
        if (Gate.Objection(scores) is { } worse)
        {
            return Endings.NotPublished(worse, scores);
        }

        run.SetCustomStatus(new RunStatus("publishing"));
        var published = await run.CallActivityAsync<Publishing>(nameof(PublishModel), new PublishInput(run.InstanceId, model.Facts), Retries.Storage);
        return published.Objection is { } changed ? Endings.NotPublished(changed, scores) : Endings.Published(published, scores);
    }

    /// <summary>Waits until the dataset's folder has been unchanged for a while: uploads of several files are one drop.</summary>
    private static async Task Settle(TaskOrchestrationContext run, string dataset, Cancellation cancel)
    {
        for (var look = 0; look < MostLooks; look++)
        {
            var restless = await cancel.Unless(run.CallActivityAsync<TimeSpan>(nameof(SettleFolder), dataset, Retries.Storage));
            if (restless <= TimeSpan.Zero)
            {
                return;
            }

            using var timer = new CancellationTokenSource();
            await cancel.Unless(run.CreateTimer(restless, timer.Token));
        }
    }
}
