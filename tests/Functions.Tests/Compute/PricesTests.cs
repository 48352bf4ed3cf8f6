using System.Net;
using System.Text;
using Microsoft.Extensions.Logging;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Compute;
using ServerlessTuning.Functions.Triggers;

namespace ServerlessTuning.Functions.Tests.Compute;

public sealed class PricesTests(AzureCompute compute) : IClassFixture<AzureCompute>, IAsyncLifetime
{
    private static readonly RegionalPrice Old = new(AzureCompute.Small.Name, "swedencentral", true, 7);

    public Task InitializeAsync() => compute.Runs.WriteAsync(BlobPaths.Prices, PriceTable.Default with { AsOf = new(2026, 3, 1), Regional = [Old] }, default);

    public async Task DisposeAsync() => await compute.Blobs.GetBlobContainerClient(BlobPaths.Runs).GetBlobClient(BlobPaths.Prices).DeleteIfExistsAsync();

    [Fact]
    public async Task Linux_prices_spot_and_on_demand_are_taken_over_all_pages_and_windows_low_priority_and_reservations_are_not()
    {
        var list = new PriceList(_ => [
            [Row("NC4as T4 v3", "Virtual Machines NCasT4_v3 Series Windows", 0.9), Row("NC4as T4 v3 Low Priority", "Virtual Machines NCasT4_v3 Series", 0.12)],
            [Row("NC4as T4 v3 Spot", "Virtual Machines NCasT4_v3 Series Windows", 0.4), Row("NC4as T4 v3", "Virtual Machines NCasT4_v3 Series", 3000, unit: "1 Year")],
            [Row("NC4as T4 v3", "Virtual Machines NCasT4_v3 Series", 0.56), Row("NC4as T4 v3 Spot", "Virtual Machines NCasT4_v3 Series", 0.21)],
        ]);

        var found = await Prices(list).RefreshAsync(default);

        var table = await Prices(list).TableAsync(default);
        Assert.Equal(4, found); // two sizes, two prices each
        Assert.Equal((0.21, 0.56), (table.PerHour(AzureCompute.Small, "swedencentral", spot: true), table.PerHour(AzureCompute.Small, "swedencentral", spot: false)));
        Assert.Equal(DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime), table.AsOf);
        Assert.Equal(6, list.Asked.Count); // three pages a size
        Assert.Contains("armRegionName eq 'swedencentral' and armSkuName eq 'Standard_NC4as_T4_v3'", Uri.UnescapeDataString(list.Asked[0].Query));
    }

    [Theory]
    [InlineData("no network")]
    [InlineData("second page broken")]
    [InlineData("a proxy's page")]
    [InlineData("empty")]
    public async Task A_list_that_cannot_be_read_to_its_end_leaves_the_old_prices_with_their_date(string trouble)
    {
        var list = new PriceList(page => trouble switch
        {
            "no network" => throw new HttpRequestException("Name or service not known"),
            "second page broken" when page > 0 => throw new HttpRequestException("503"),
            "a proxy's page" => null,
            "empty" => [[]],
            _ => [[Row("NC4as T4 v3", "Virtual Machines NCasT4_v3 Series", 0.56)], []],
        });
        var log = new LogCapture();
        using var factory = LoggerFactory.Create(logging => logging.AddProvider(log));

        await new RefreshPrices(Prices(list), Options(), factory.CreateLogger<RefreshPrices>()).Run(null!, default);

        var table = await Prices(list).TableAsync(default);
        Assert.Equal((new DateOnly(2026, 3, 1), 7), (table.AsOf, table.PerHour(AzureCompute.Small, "swedencentral", spot: true)));
        Assert.Contains(log.Lines, line => line.Contains(trouble == "empty" ? "0 machine prices" : "prices stay as they are", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_estimate_says_how_old_its_prices_are()
    {
        var settings = Options();
        var plan = new TuningPlan("tiny", "tiny", TuningTask.Supervised, null, false, null!, new(), null, 1, [], new(4, false, 1), new(MaxCost: 1));

        var estimate = (await new Estimates(Prices(new(_ => []), settings), settings).OfAsync(plan, default))!;

        Assert.Contains("at prices of 2026-03-01", estimate.AsReason.Value);
        Assert.Contains("at prices of 2026-03-01, but budget.maxCost is 1.00. Raise it", estimate.Objection);
    }

    private Prices Prices(PriceList list, Microsoft.Extensions.Options.IOptions<AzureOptions>? settings = null) =>
        new(compute.Runs, new HttpClient(list), settings ?? Options(), TimeProvider.System);

    private static Microsoft.Extensions.Options.IOptions<AzureOptions> Options() => Microsoft.Extensions.Options.Options.Create(AzureCompute.Settings());

    /// <summary>As the public list writes it.</summary>
    private static string Row(string sku, string product, double price, string unit = "1 Hour") => $$"""
        {"currencyCode":"USD","tierMinimumUnits":0.0,"retailPrice":{{price}},"unitPrice":{{price}},"armRegionName":"swedencentral","location":"SE Central",
        "effectiveStartDate":"2024-01-01T00:00:00Z","meterId":"00000000-0000-0000-0000-000000000000","meterName":"{{sku}}","productId":"DZH318Z08MC4","skuId":"DZH318Z08MC4/0001",
        "productName":"{{product}}","skuName":"{{sku}}","serviceName":"Virtual Machines","serviceId":"DZH313Z7MMC8","serviceFamily":"Compute","unitOfMeasure":"{{unit}}",
        "type":"Consumption","isPrimaryMeterRegion":true,"armSkuName":"Standard_NC4as_T4_v3"}
        """;

    /// <summary>The public price list, a page of rows at a time.</summary>
    /// <param name="pages">Asked with the page's number; null answers with what is no list.</param>
    private sealed class PriceList(Func<int, string[][]?> pages) : HttpMessageHandler
    {
        public List<Uri> Asked { get; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Asked.Add(request.RequestUri!);
            var query = request.RequestUri!.Query;
            var page = query.Contains("$skip=", StringComparison.Ordinal) ? int.Parse(query.Split("$skip=")[1]) : 0;
            var all = pages(page);
            var next = all?.Length > page + 1 ? $"\"https://prices.azure.com:443/api/retail/prices?$filter=x&$skip={page + 1}\"" : "null";
            var body = all is null ? "<html>Sign in to the network</html>"
                : $$"""{"BillingCurrency":"USD","CustomerEntityId":"Default","CustomerEntityType":"Retail","Items":[{{string.Join(',', all.Length > page ? all[page] : [])}}],"NextPageLink":{{next}},"Count":{{all.Length}}}""";
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(body, Encoding.UTF8, all is null ? "text/html" : "application/json") });
        }
    }
}
