using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ServerlessTuning.Functions.Compute;

namespace ServerlessTuning.Functions.Triggers;

/// <summary>Looks once a day what machines cost. A network without a way out keeps the prices of the settings.</summary>
public sealed class RefreshPrices(Prices prices, IOptions<AzureOptions> settings, ILogger<RefreshPrices> logger)
{
    [Function(nameof(RefreshPrices))]
    public async Task Run([TimerTrigger("0 17 3 * * *")] TimerInfo timer, CancellationToken cancellation)
    {
        if (!settings.Value.IsConfigured)
        {
            return;
        }

        try
        {
            logger.LogInformation("{Count} machine prices refreshed", await prices.RefreshAsync(cancellation));
        }
        catch (HttpRequestException e)
        {
            logger.LogWarning("The public price list cannot be reached ({Message}); prices stay as they are", e.Message);
        }
    }
}
