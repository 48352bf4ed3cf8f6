using Microsoft.DurableTask;

namespace ServerlessTuning.Functions.Orchestrators;

/// <summary>Lets a run await something and notice a <see cref="Events.Cancel"/> meanwhile.</summary>
internal sealed class Cancellation(TaskOrchestrationContext run)
{
    private readonly Task<CancelRequest> request = run.WaitForExternalEvent<CancelRequest>(Events.Cancel);

    /// <exception cref="RunCancelledException">The event came first; the work goes on unobserved.</exception>
    public async Task<T> Unless<T>(Task<T> work)
    {
        await FirstOf(work);
        return await work;
    }

    /// <inheritdoc cref="Unless{T}"/>
    public async Task Unless(Task work)
    {
        await FirstOf(work);
        await work;
    }

    /// <summary>Waits for one of the tasks to end, however it ends.</summary>
    /// <exception cref="RunCancelledException">The event came first.</exception>
    public async Task FirstOf(params Task[] work)
    {
        if (await Task.WhenAny([request, .. work]) == request)
        {
            throw new RunCancelledException((await request)?.Reason);
        }
    }
}

/// <summary>A person cancelled the run. Thrown inside the orchestrator only, so that what is taken is given back on the way out.</summary>
internal sealed class RunCancelledException(string? reason) : Exception(reason is null ? "Cancelled." : $"Cancelled: {reason}");
