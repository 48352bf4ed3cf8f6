using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.Options;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Registry;

namespace ServerlessTuning.Functions.Compute;

/// <summary>What machines cost: the settings' table, with what Azure's public price list said last.</summary>
/// <param name="http">Reaches the price list; no key is needed.</param>
public sealed class Prices(RunStore runs, HttpClient http, IOptions<AzureOptions> settings, TimeProvider time)
{
    private const string PriceList = "https://prices.azure.com/api/retail/prices";

    public async Task<PriceTable> TableAsync(CancellationToken cancellation)
    {
        var table = settings.Value.Sizes.Count > 0 ? PriceTable.Default with { Sizes = settings.Value.Sizes } : PriceTable.Default;
        return await runs.FindAsync<PriceTable>(BlobPaths.Prices, cancellation) is { } found ? table with { AsOf = found.AsOf, Regional = found.Regional } : table;
    }

    /// <returns>How many prices were found.</returns>
    /// <exception cref="HttpRequestException">The list cannot be reached, or what answers is no price list; what was known counts on.</exception>
    public async Task<int> RefreshAsync(CancellationToken cancellation)
    {
        var table = await TableAsync(cancellation);
        List<RegionalPrice> found = [];
        foreach (var place in settings.Value.Places)
        {
            foreach (var size in table.Sizes)
            {
                var filter = $"serviceName eq 'Virtual Machines' and priceType eq 'Consumption' and armRegionName eq '{place.Region}' and armSkuName eq '{size.Name}'";
                await foreach (var item in ItemsAsync($"{PriceList}?currencyCode='{PriceTable.Currency}'&$filter={Uri.EscapeDataString(filter)}", cancellation))
                {
                    if (item is { IsLinux: true, RetailPrice: > 0, UnitOfMeasure: "1 Hour" })
                    {
                        found.Add(new(size.Name, place.Region, item.IsSpot, item.RetailPrice));
                    }
                }
            }
        }

        if (found.Count > 0)
        {
            await runs.WriteAsync(BlobPaths.Prices, table with { AsOf = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime), Regional = found }, cancellation);
        }

        return found.Count;
    }

    private async IAsyncEnumerable<RetailItem> ItemsAsync(string? address, [EnumeratorCancellation] CancellationToken cancellation)
    {
        while (!string.IsNullOrEmpty(address))
        {
            var page = await PageAsync(address, cancellation);
            foreach (var item in page.Items)
            {
                yield return item;
            }

            address = page.NextPageLink;
        }
    }

    private async Task<RetailPage> PageAsync(string address, CancellationToken cancellation)
    {
        try
        {
            return await http.GetFromJsonAsync<RetailPage>(address, TuningJson.Options, cancellation) is { Items: not null } page ? page
                : throw new HttpRequestException($"{address} answered without Items.");
        }
        catch (Exception e) when (e is JsonException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            throw new HttpRequestException($"{address} did not answer with a page of prices: {e.Message}", e); // a proxy's page, or too late
        }
    }

    private sealed record RetailPage(IReadOnlyList<RetailItem> Items, string? NextPageLink = null);

    private sealed record RetailItem(double RetailPrice, string UnitOfMeasure, string SkuName, string ProductName)
    {
        public bool IsSpot => SkuName.EndsWith(" Spot", StringComparison.OrdinalIgnoreCase);

        public bool IsLinux => !ProductName.Contains("Windows", StringComparison.OrdinalIgnoreCase) && !SkuName.EndsWith(" Low Priority", StringComparison.OrdinalIgnoreCase);
    }
}
