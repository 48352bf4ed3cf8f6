namespace ServerlessTuning.Functions.Compute;

/// <summary>A size of machine with one GPU, and what it costs.</summary>
public sealed record MachineSize
{
    /// <summary>Azure's name, for example <c>Standard_NC24ads_A100_v4</c>.</summary>
    public required string Name { get; init; }

    public required double GpuMemoryGiB { get; init; }

    /// <summary>Whether the GPU multiplies in bfloat16; those before Ampere do not.</summary>
    public required bool Bfloat16 { get; init; }

    /// <summary>Peak of dense half-precision products, in 10¹² operations a second, from the GPU's data sheet.</summary>
    public required double Teraflops { get; init; }

    /// <summary>The machine's own disk, which can hold the system when it is large enough; 0 when it has none.</summary>
    public double LocalDiskGiB { get; init; }

    /// <summary>In <see cref="PriceTable.Currency"/>.</summary>
    public required double OnDemandPerHour { get; init; }

    /// <summary>In <see cref="PriceTable.Currency"/>; it moves with the market.</summary>
    public required double SpotPerHour { get; init; }
}

/// <summary>Sizes and prices as of a date.</summary>
/// <param name="Regional">Prices that a timer found in the public price list; where there is none, the size's own count.</param>
public sealed record PriceTable(DateOnly AsOf, IReadOnlyList<MachineSize> Sizes, IReadOnlyList<RegionalPrice>? Regional = null)
{
    public const string Currency = "USD";

    /// <summary>
    /// Prices of eastus; the timer replaces them, and a setting may. On demand they are those of Azure's price list as SkyPilot's catalog v6 (azure/vms.csv)
    /// has it. Spot prices move: these are a guess from memory of that date; the catalog has 0.06 (T4), 0.44 (A100) and no rebate at all (H100).
    /// Sizes and disks are those of the Azure compute documentation. There is no A10: its sizes run with the GRID driver only, which <see cref="AzureOptions.MachineImage"/> lacks.
    /// </summary>
    public static PriceTable Default { get; } = new(new DateOnly(2025, 6, 1),
    [
        new() { Name = "Standard_NC4as_T4_v3", GpuMemoryGiB = 16, Bfloat16 = false, Teraflops = 65, LocalDiskGiB = 176, OnDemandPerHour = 0.526, SpotPerHour = 0.21 },
        new() { Name = "Standard_NC24ads_A100_v4", GpuMemoryGiB = 80, Bfloat16 = true, Teraflops = 312, LocalDiskGiB = 64, OnDemandPerHour = 3.673, SpotPerHour = 1.47 },
        new() { Name = "Standard_NC40ads_H100_v5", GpuMemoryGiB = 94, Bfloat16 = true, Teraflops = 835, LocalDiskGiB = 128, OnDemandPerHour = 6.98, SpotPerHour = 2.79 },
    ]);

    public double PerHour(MachineSize size, string region, bool spot) =>
        Regional?.FirstOrDefault(price => price.Size == size.Name && price.Region == region && price.Spot == spot)?.PerHour ?? (spot ? size.SpotPerHour : size.OnDemandPerHour);
}

public sealed record RegionalPrice(string Size, string Region, bool Spot, double PerHour);
