using Microsoft.Extensions.Options;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Options;

namespace ServerlessTuning.Functions.Compute;

/// <summary>Which machine an attempt is to have, within its run's budget.</summary>
public sealed class MachineOrders(MachineLogs logs, Refusals refusals, Prices prices, IOptions<AzureOptions> settings, IOptions<TuningOptions> tuning, TimeProvider time)
{
    private readonly AzureOptions settings = settings.Value;

    /// <summary>Agrees with every other starter of the attempt on the machine to ask for, and writes it down.</summary>
    public async Task<(Machine Machine, TimeSpan Most)> AgreeAsync(WorkOrder order, CancellationToken cancellation)
    {
        while (true)
        {
            var (log, version) = await logs.ReadAsync(order.RunId, order.Attempt, cancellation);
            var bill = await logs.BillAsync(order.RunId, cancellation);
            if (log.Current is { } chosen)
            {
                return (chosen, Most(order, bill, chosen.Offer));
            }

            var offer = await OfferAsync(order, cancellation);
            ThrowIfTooLittleIsLeft(order, bill ?? Bills.Of([], time.GetUtcNow()), offer);
            await logs.BeginCostingAsync(settings.Owner, order.RunId, cancellation);
            var name = MachineTags.Name(order.RunId, order.Attempt, log.Machines.Count);
            if (await logs.TryWriteAsync(order.RunId, order.Attempt, log.With(new(name, offer, time.GetUtcNow())), version, cancellation))
            {
                return (new(name, offer, time.GetUtcNow()), Most(order, bill, offer));
            }
        }
    }

    /// <exception cref="NoMachineException">Nothing on the list fits, or all that fits was refused lately.</exception>
    private async Task<MachineOffer> OfferAsync(WorkOrder order, CancellationToken cancellation)
    {
        var needs = order.Plan.Machine ?? new(0, false, 0);
        var table = await prices.TableAsync(cancellation);
        var offers = MachineChoice.Offers(settings, table, needs);
        if (offers.Count == 0)
        {
            throw new NoMachineException(FailurePolicy.GiveUp,
                [$"The plan needs {needs.GpuMemoryGiB:0.#} GiB of GPU memory{(needs.Bfloat16 ? " and bfloat16" : "")}; {AzureOptions.Section}:Sizes has nothing like it. Add a larger size, or ask for a shorter contextLength, fewer microBatchRows or a smaller base."]);
        }

        var refused = (await refusals.NowAsync(cancellation)).ToDictionary(refusal => refusal.Offer, refusal => refusal.Words);
        return offers.FirstOrDefault(offer => !refused.ContainsKey(offer.ToString()))
            ?? throw new NoMachineException(FailurePolicy.Later, [.. offers.Select(offer => refused[offer.ToString()]).Distinct()]);
    }

    /// <summary>A machine costs from its order to the end of its deletion, even when it never comes up.</summary>
    private void ThrowIfTooLittleIsLeft(WorkOrder order, Bill bill, MachineOffer offer)
    {
        var reserve = TimeSpan.FromMinutes(settings.StartMinutes) + TimeSpan.FromSeconds(settings.StopSeconds + settings.DeletionSeconds + tuning.Value.PollSeconds);
        if (Bills.NearLimit(bill with { PerHour = offer.PerHour }, order.Plan.Budget, reserve) is { } spent)
        {
            throw new BudgetException($"{spent} To start and end another machine ({offer}) may cost {offer.PerHour * reserve.TotalHours:0.00} more.", bill);
        }
    }

    /// <summary>How long the machine may live: until the budget is used up, whoever forgets it.</summary>
    private TimeSpan Most(WorkOrder order, Bill? bill, MachineOffer offer) =>
        Bills.Left(bill, order.Plan.Budget, offer.PerHour, TimeSpan.FromHours(settings.MostHours)) - TimeSpan.FromSeconds(settings.DeletionSeconds) is { Ticks: > 0 } most
            ? most : TimeSpan.FromSeconds(1);
}
