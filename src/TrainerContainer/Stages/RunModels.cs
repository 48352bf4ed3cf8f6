using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Checkpoints;
using ServerlessTuning.Trainer.Adapters;
using ServerlessTuning.Trainer.Checkpoints;
using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Training;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Stages;

/// <summary>The models of a plan, from the base model's folder, on the machine's best device.</summary>
/// <param name="labels">Of a classification.</param>
public sealed class RunModels(TuningPlan plan, LabelSet? labels, WorkFolder work)
{
    private readonly string baseFolder = work.Base;
    private NewHead? head;

    public static Device BestDevice => cuda.is_available() ? CUDA : CPU;

    public ScalarType Compute => plan.Training.Precision == Precision.Bfloat16 ? ScalarType.BFloat16 : ScalarType.Float32;

    /// <summary>The head that the task asks for, when it is not the base's own.</summary>
    public NewHead? Head => head ??= TaskConfig.For(ModelFolder.ReadConfigText(baseFolder), plan.Task, labels) is { } json ? new(json, plan.Seed, Keeps(json)) : null;

    /// <summary>What training starts from.</summary>
    public Trainee NewTrainee()
    {
        if (plan.FromScratch)
        {
            return plan.Lora is null ? new(ModelFolder.Create(baseFolder, plan.Seed, Compute, BestDevice, Head), null, Head)
                : throw new RequestException("plan: found LoRA on a base without weights, expected full training. An adapter needs a trained base; leave method out.");
        }

        var model = ModelFolder.LoadAny(baseFolder, Compute, Trained(), BestDevice, plan.Lora?.QuantizedBase ?? false, Head);
        return new(model, plan.Lora is null ? null : plan.From is null ? LoraAdapter.Attach(model, plan.Lora, plan.Seed) : AdapterFiles.Attach(model, work.Start, plan.Lora), Head);
    }

    /// <summary>The tuned model, from the checkpoint of the last step.</summary>
    public Trainee Tuned(string checkpointFolder)
    {
        var tuned = NewTrainee();
        TrainingCheckpoint.ReadWeights(checkpointFolder, tuned);
        return tuned;
    }

    /// <summary>What the tuned model is compared with: the base model alone, frozen; what training started from, where that was random weights or an earlier adapter.</summary>
    public Trainee Base() => plan.FromScratch || plan.From is not null ? NewTrainee() : new(ModelFolder.LoadAny(baseFolder, Compute, trains: false, BestDevice, head: Head), null, Head);

    private Trains Trained() => plan switch
    {
        { Lora: { ModulesToSave: { Count: > 0 } modules } } => Trains.Modules(modules),
        { Lora: not null } => false,
        { Part: { } part } => Trains.Last(part.LastLayers, ModelFolder.ReadConfig(baseFolder).NumHiddenLayers),
        _ => true,
    };

    /// <summary>The base was trained to give the same labels.</summary>
    private bool Keeps(string json)
    {
        var (own, wanted) = (ModelFolder.ReadConfig(baseFolder), ModelConfig.Parse(json));
        return own.Task == wanted.Task && own.Labels is { } known && known.Names.SequenceEqual(wanted.Labels!.Names);
    }
}
