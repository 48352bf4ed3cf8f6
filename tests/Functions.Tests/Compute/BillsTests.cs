using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Compute;

namespace ServerlessTuning.Functions.Tests.Compute;

public sealed class BillsTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly MachineOffer Offer = new(AzureCompute.Small, "swedencentral", null, true, PerHour: 10, OnDemandPerHour: 25);

    [Fact]
    public void Every_machine_counts_from_its_order_to_its_end_and_a_refused_one_never()
    {
        Machine[] machines =
        [
            new("a", Offer, Start, Start.AddHours(1), new(FailureKind.Capacity, "none free", WasAllocated: false)),
            new("b", Offer, Start, Start.AddHours(0.1), new(FailureKind.Machine, "did not come up", WasAllocated: true)),
            new("c", Offer, Start.AddHours(1), Start.AddHours(2)),
            new("d", Offer, Start.AddHours(2)),
        ];

        var bill = Bills.Of(machines, Start.AddHours(2.5));

        Assert.Equal((16.0, 24.0, 1.6, 10.0), (Math.Round(bill.Cost, 9), Math.Round(bill.SavedBySpot, 9), Math.Round(bill.Hours, 9), bill.PerHour));
    }

    [Theory]
    [InlineData(8.9, 10, false)]
    [InlineData(9.0, 10, true)] // nine tenths
    [InlineData(0.5, 1.0, true)] // what the end costs would be too much
    [InlineData(0.4, 1.0, false)]
    public void A_limit_is_near_at_nine_tenths_or_when_the_end_itself_would_pass_it(double cost, double most, bool near)
    {
        var bill = new Bill(cost, 0, 1, PerHour: 5, "USD");

        Assert.Equal(near, Bills.NearLimit(bill, new(MaxCost: most), reserve: TimeSpan.FromHours(0.1)) is not null);
    }

    [Fact]
    public void Time_is_a_limit_of_its_own()
    {
        var bill = new Bill(1, 0, Hours: 7.3, 1, "USD");

        Assert.Contains("7.30 of their 8.00 hours", Bills.NearLimit(bill, new(MaxDuration: TimeSpan.FromHours(8)), TimeSpan.Zero));
        Assert.Null(Bills.NearLimit(bill, new(MaxDuration: TimeSpan.FromHours(9)), TimeSpan.Zero));
        Assert.Null(Bills.NearLimit(bill, null, TimeSpan.FromHours(100)));
    }

    [Fact]
    public void Offers_are_those_that_fit_the_cheapest_whole_training_first()
    {
        var settings = AzureCompute.Settings();
        settings.Places.Add(new() { Region = "westeurope", Subnet = settings.Places[0].Subnet, Zones = ["1", "2"] });

        var small = MachineChoice.Offers(settings, PriceTable.Default with { Sizes = settings.Sizes }, new(4, false, 1));
        var large = MachineChoice.Offers(settings, PriceTable.Default with { Sizes = settings.Sizes }, new(4, true, 1));
        var slow = MachineChoice.Offers(settings, PriceTable.Default with { Sizes = settings.Sizes }, new(4, false, 1_000_000));

        Assert.Equal(12, small.Count);
        Assert.Equal("Standard_NC4as_T4_v3 spot in swedencentral", small[0].ToString());
        Assert.Equal("Standard_NC4as_T4_v3 spot in westeurope zone 1", small[1].ToString());
        Assert.All(large, offer => Assert.True(offer.Size.Bfloat16));
        Assert.Equal("Standard_NC24ads_A100_v4", slow[0].Size.Name); // four times the price, nearly five times as fast
    }
}
