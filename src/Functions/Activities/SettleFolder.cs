using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Options;
using ServerlessTuning.Functions.Options;
using ServerlessTuning.Functions.Registry;

namespace ServerlessTuning.Functions.Activities;

/// <summary>Tells how long a dataset's folder must still rest before a run may freeze it. Reads only, so it may run twice.</summary>
public sealed class SettleFolder(DatasetFolders folders, IOptions<TuningOptions> settings)
{
    /// <returns>Zero or less: it is at rest.</returns>
    [Function(nameof(SettleFolder))]
    public async Task<TimeSpan> Run([ActivityTrigger] string dataset, CancellationToken cancellation)
    {
        var folder = await folders.ListAsync(dataset, cancellation);
        return folder.Unchanged is { } unchanged ? TimeSpan.FromSeconds(settings.Value.SettleSeconds) - unchanged : TimeSpan.Zero;
    }
}
