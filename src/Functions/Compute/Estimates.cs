using System.Globalization;
using Microsoft.Extensions.Options;
using ServerlessTuning.Contracts;

namespace ServerlessTuning.Functions.Compute;

/// <summary>Says before anything starts what a plan will cost.</summary>
public sealed class Estimates(Prices prices, IOptions<AzureOptions> settings)
{
    /// <returns>Null where machines cost nothing, or none fits (the start says so in detail).</returns>
    public async Task<Estimate?> OfAsync(TuningPlan plan, CancellationToken cancellation)
    {
        if (!settings.Value.IsConfigured || plan.Machine is not { } needs)
        {
            return null;
        }

        var table = await prices.TableAsync(cancellation);
        return MachineChoice.Offers(settings.Value, table, needs) is [var cheapest, ..] ? Of(cheapest, needs, plan.Budget, table.AsOf) : null;
    }

    private Estimate Of(MachineOffer offer, MachineNeeds needs, BudgetRequest? budget, DateOnly asOf)
    {
        var (hours, cost) = (MachineChoice.Hours(settings.Value, offer.Size, needs), MachineChoice.Cost(settings.Value, offer, needs));
        var words = string.Create(CultureInfo.InvariantCulture, $"about {hours:0.0} h on {offer}: {cost:0.00} {PriceTable.Currency} at prices of {asOf:yyyy-MM-dd}");
        var tooMuch = cost > budget?.MaxCost ? string.Create(CultureInfo.InvariantCulture, $"budget.maxCost is {budget.MaxCost:0.00}")
            : hours > budget?.MaxDuration?.TotalHours ? $"budget.maxDuration is {budget.MaxDuration:c}" : null;
        return new(words, tooMuch is null ? null : $"The run would take {words}, but {tooMuch}. Raise it, or ask for fewer steps, a smaller base or a smaller dataset.");
    }
}

/// <param name="Objection">Why it is too much; null when it is not.</param>
public sealed record Estimate(string Words, string? Objection)
{
    public PlannedValue AsReason => new("cost", Words, "an estimate: the cheapest machine that fits, at a third of its GPU's peak");
}
