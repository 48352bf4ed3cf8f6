using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Adapters;
using ServerlessTuning.Trainer.Checkpoints;
using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Training;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Stages;

/// <summary>The models of a plan, from the base model's folder, on the machine's best device.</summary>
public sealed class RunModels(TuningPlan plan, string baseFolder)
{
    public static Device BestDevice => cuda.is_available() ? CUDA : CPU;

    public ScalarType Compute => plan.Training.Precision == Precision.Bfloat16 ? ScalarType.BFloat16 : ScalarType.Float32;

    /// <summary>What training starts from.</summary>
    public Trainee NewTrainee()
    {
        if (plan.FromScratch)
        {
            return plan.Lora is null ? new(ModelFolder.Create(baseFolder, plan.Seed, Compute, BestDevice), null)
                : throw new RequestException("plan: found LoRA on a base without weights, expected full training. An adapter needs a trained base; leave method out.");
        }

        var model = ModelFolder.Load(baseFolder, Compute, trains: plan.Lora is null, BestDevice, plan.Lora?.QuantizedBase ?? false);
        return new(model, plan.Lora is null ? null : LoraAdapter.Attach(model, plan.Lora, plan.Seed));
    }

    /// <summary>The tuned model, from the checkpoint of the last step.</summary>
    public Trainee Tuned(string checkpointFolder)
    {
        var tuned = NewTrainee();
        TrainingCheckpoint.ReadWeights(checkpointFolder, tuned);
        return tuned;
    }

    /// <summary>The base model alone, frozen; a base without weights is what training started from.</summary>
    public TextModel Base() => plan.FromScratch ? NewTrainee().Model : ModelFolder.Load(baseFolder, Compute, trains: false, BestDevice);
}
