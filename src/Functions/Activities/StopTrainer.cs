using Microsoft.Azure.Functions.Worker;
using ServerlessTuning.Functions.Compute;
using ServerlessTuning.Functions.Registry;

namespace ServerlessTuning.Functions.Activities;

/// <summary>Releases whatever trains the run: the first of three locks on one door. Safe to run twice: the second time there is nothing to stop.</summary>
public sealed class StopTrainer(ITrainers trainers, RunStore runs)
{
    [Function(nameof(StopTrainer))]
    public async Task Run([ActivityTrigger] string run, CancellationToken cancellation)
    {
        await trainers.StopAsync(run, cancellation);
        await runs.NoteAsync(run, "released", null, cancellation);
    }
}
