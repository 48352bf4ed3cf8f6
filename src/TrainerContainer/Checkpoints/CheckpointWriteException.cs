namespace ServerlessTuning.Trainer.Checkpoints;

/// <summary>A checkpoint could not be written; the ones before it are untouched.</summary>
public sealed class CheckpointWriteException(string folder, int step, Exception cause)
    : Exception($"{folder}: the checkpoint of step {step} could not be written: {cause.Message}. Earlier checkpoints are whole; free disk space "
        + "(or point Tuning__Work to a larger disk), and the run goes on from the last one.", cause)
{
}
