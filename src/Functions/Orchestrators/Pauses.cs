using System.Globalization;
using Microsoft.DurableTask;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Activities;

namespace ServerlessTuning.Functions.Orchestrators;

/// <summary>Lets a run stand still without a machine until a person says how to go on.</summary>
internal sealed class Pauses(TaskOrchestrationContext run, Cancellation cancel)
{
    /// <summary>A paused run costs only its checkpoints' storage, but it must end at some time.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    /// <summary>Ends when somebody asks for a pause.</summary>
    public Task<PauseRequest> Asked { get; private set; } = run.WaitForExternalEvent<PauseRequest>(Events.Pause);

    /// <returns>The budget to go on with; null when nobody answered.</returns>
    /// <exception cref="RunCancelledException">The answer was to end the run.</exception>
    public async Task<BudgetRequest?> Answer(TrainerCheck why, BudgetRequest? budget)
    {
        var reason = Asked.IsCompletedSuccessfully ? (await Asked)?.Reason : null;
        if (Asked.IsCompleted)
        {
            Asked = run.WaitForExternalEvent<PauseRequest>(Events.Pause);
        }

        for (var question = why.State == TrainerState.NearLimit ? Question(why, budget) : $"Paused{(reason is null ? "" : $": {reason}")}. POST /runs/{run.InstanceId}/resume goes on."; ;)
        {
            run.SetCustomStatus(new RunStatus("paused", why.Heartbeat?.Step, why.Heartbeat?.TotalSteps, Message: question, Bill: why.Bill));
            using var end = new CancellationTokenSource();
            var resume = run.WaitForExternalEvent<ResumeRequest>(Events.Resume, end.Token);
            var timer = run.CreateTimer(Longest, end.Token);
            await cancel.FirstOf(resume, timer);
            end.Cancel();
            if (!resume.IsCompletedSuccessfully)
            {
                return null;
            }

            var answer = await resume;
            var raised = new BudgetRequest(answer?.MaxCost ?? budget?.MaxCost, answer?.MaxDuration ?? budget?.MaxDuration);
            if (why is not { State: TrainerState.NearLimit, Bill: { } bill } || Leaves(raised, bill))
            {
                return raised;
            }

            question = $"{Question(why, budget)} The answer before this one leaves nothing to train with.";
        }
    }

    private string Question(TrainerCheck why, BudgetRequest? budget) => string.Create(CultureInfo.InvariantCulture,
        $"{why.Error} Shall it go on? POST /runs/{run.InstanceId}/resume with {{\"maxCost\": {Math.Ceiling((budget?.MaxCost ?? why.Bill?.Cost ?? 1) * 1.5):0}}} or {{\"maxDuration\": \"hh:mm:ss\"}}, or POST /runs/{run.InstanceId}/cancel. Its checkpoints are kept.");

    /// <summary>Whether there is a fifth more than is spent: less would only pay for another start.</summary>
    private static bool Leaves(BudgetRequest budget, Bill bill) =>
        (budget.MaxCost is not { } cost || cost > 1.2 * bill.Cost) && (budget.MaxDuration is not { } time || time.TotalHours > 1.2 * bill.Hours);
}
