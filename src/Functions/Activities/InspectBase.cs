using Microsoft.Azure.Functions.Worker;
using ServerlessTuning.Functions.Registry;

namespace ServerlessTuning.Functions.Activities;

/// <summary>Looks whether the base model can be trained, from its config and the headers of its weights. Reads only, so it may run twice.</summary>
public sealed class InspectBase(BaseModels models)
{
    [Function(nameof(InspectBase))]
    public Task<InspectedBase> Run([ActivityTrigger] string name, CancellationToken cancellation) => models.InspectAsync(name, cancellation);
}
