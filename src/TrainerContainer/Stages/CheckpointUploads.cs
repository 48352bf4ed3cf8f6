namespace ServerlessTuning.Trainer.Stages;

/// <summary>
/// Uploads checkpoints while training goes on, one at a time; a checkpoint that comes before the last one is up waits for it. When an upload
/// fails (fenced, or a storage that is gone for good), training is asked to stop and the failure comes out of the next call.
/// </summary>
public sealed class CheckpointUploads(CheckpointChain chain, StopRequest stop)
{
    private Task last = Task.CompletedTask;
    private string? uploaded;

    /// <param name="isBest">It is the best so far, and the best is to be kept.</param>
    /// <param name="isEnough">Training ends with it.</param>
    public void Start(int step, string folder, bool isBest = false, bool isEnough = false)
    {
        Finish();
        last = Task.Run(() => Upload(step, folder, isBest, isEnough));
    }

    /// <summary>Waits until the last upload counts.</summary>
    public void Finish() => last.GetAwaiter().GetResult();

    private async Task Upload(int step, string folder, bool isBest, bool isEnough)
    {
        try
        {
            // Not cancelled by a stop: the checkpoint is what a stop is to leave behind.
            await chain.Add(step, folder, isBest, isEnough, CancellationToken.None);
            if (uploaded is not null && uploaded != folder)
            {
                Directory.Delete(uploaded, recursive: true); // the last one stays for the stages that come after
            }

            uploaded = folder;
        }
        catch (Exception e)
        {
            stop.Because($"the checkpoint of step {step} could not be uploaded: {e.Message}");
            throw;
        }
    }
}
