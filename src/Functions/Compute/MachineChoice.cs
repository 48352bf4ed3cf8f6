using System.Globalization;
using ServerlessTuning.Contracts;

namespace ServerlessTuning.Functions.Compute;

/// <summary>One way to get a machine: a size in a region and perhaps a zone, taken away at any time (spot) or not.</summary>
/// <param name="PerHour">What it costs, in <see cref="PriceTable.Currency"/>.</param>
/// <param name="OnDemandPerHour">What it would cost if it were not spot.</param>
public sealed record MachineOffer(MachineSize Size, string Region, string? Zone, bool Spot, double PerHour, double OnDemandPerHour)
{
    /// <summary>For people and for remembered refusals.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Size.Name} {(Spot ? "spot" : "on demand")} in {Region}{(Zone is null ? "" : $" zone {Zone}")}");
}

/// <summary>Which machines a plan can run on, cheapest first. Pure.</summary>
public static class MachineChoice
{
    /// <summary>A GPU reaches about this share of its peak in training.</summary>
    private const double Utilization = 0.35;

    /// <summary>A machine that is slow may cost more in the end, so the price of the whole training decides, then the order of the places.</summary>
    public static IReadOnlyList<MachineOffer> Offers(AzureOptions settings, PriceTable prices, MachineNeeds needs) =>
        [.. settings.Places.SelectMany(place => Offers(settings, prices, place)).Where(offer => Fits(offer.Size, needs)).OrderBy(offer => Cost(settings, offer, needs))];

    /// <summary>Sizes of which none is enough, so that a message can name the largest.</summary>
    public static bool Fits(MachineSize size, MachineNeeds needs) => size.GpuMemoryGiB >= needs.GpuMemoryGiB && (size.Bfloat16 || !needs.Bfloat16);

    public static double Hours(AzureOptions settings, MachineSize size, MachineNeeds needs) => settings.ChoresMinutes / 60 + needs.Petaflop * 1000 / (size.Teraflops * Utilization) / 3600;

    public static double Cost(AzureOptions settings, MachineOffer offer, MachineNeeds needs) => offer.PerHour * Hours(settings, offer.Size, needs);

    private static IEnumerable<MachineOffer> Offers(AzureOptions settings, PriceTable prices, MachinePlace place) =>
        from size in settings.Sizes.Count > 0 ? settings.Sizes : prices.Sizes
        from spot in settings.Spot ? new[] { true, false } : [false]
        from zone in place.Zones.Count > 0 ? place.Zones : [null!]
        select new MachineOffer(size, place.Region, zone, spot, prices.PerHour(size, place.Region, spot), prices.PerHour(size, place.Region, spot: false));
}
