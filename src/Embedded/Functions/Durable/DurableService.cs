using Microsoft.Extensions.Hosting;
using ServerlessTuning.Embedded.DurableTask;

namespace ServerlessTuning.Embedded.Functions.Durable;

/// <summary>Starts and stops the engine with the host.</summary>
internal sealed class DurableService(DurableEngine engine) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => engine.StartAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => engine.StopAsync(cancellationToken);
}
