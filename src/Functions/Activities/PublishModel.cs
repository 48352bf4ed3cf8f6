using Microsoft.Azure.Functions.Worker;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Registry;

namespace ServerlessTuning.Functions.Activities;

/// <summary>
/// Publishes what a run made as the model's next version, unless the base model was changed meanwhile: an adapter fits only the weights it was trained on.
/// Safe to run twice: a run takes one version number, and copies and manifest come out the same.
/// </summary>
public sealed class PublishModel(RunStore runs, ModelRegistry registry, BaseModels bases)
{
    [Function(nameof(PublishModel))]
    public async Task<Publishing> Run([ActivityTrigger] PublishInput input, CancellationToken cancellation)
    {
        var plan = await runs.ReadAsync<TuningPlan>(BlobPaths.Plan(input.RunId), cancellation);
        if (await bases.FingerprintAsync(plan.Base, cancellation) != input.Base.Fingerprint)
        {
            return new(null, null, $"The base model {BlobPaths.Models}/{BlobPaths.Base(plan.Base)} was changed while the run trained on it. Start the run again.");
        }

        var version = await registry.PublishAsync(input.RunId, plan.Model, plan.Base, cancellation);
        await runs.NoteAsync(input.RunId, "published", $"{plan.Model} version {version}", cancellation);
        return new(version, BlobPaths.Version(plan.Model, version));
    }
}

/// <param name="Base">As it was when the run began.</param>
public sealed record PublishInput(string RunId, BaseFacts Base);

/// <param name="Version">Null when it was refused.</param>
/// <param name="Objection">Why it was refused.</param>
public sealed record Publishing(int? Version, string? Path, string? Objection = null);
