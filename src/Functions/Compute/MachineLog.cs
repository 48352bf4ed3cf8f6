using System.Text.Json.Serialization;
using ServerlessTuning.Contracts;

namespace ServerlessTuning.Functions.Compute;

/// <summary>
/// The machines that an attempt asked for, in order; the last one is the attempt's unless it failed. <c>attempts/{k}/machine.json</c>, only ever replaced
/// when it is still what was read, so that two starters agree on one machine.
/// </summary>
public sealed record MachineLog(IReadOnlyList<Machine> Machines)
{
    /// <summary>The machine to have; null when none was chosen yet or the last one failed.</summary>
    [JsonIgnore]
    public Machine? Current => (Machines.Count > 0 ? Machines[^1] : null) is { Failure: null, To: null } machine ? machine : null;

    public MachineLog With(Machine machine) => new([.. Machines.Where(known => known.Name != machine.Name), machine]);
}

/// <param name="Name">Of the virtual machine.</param>
/// <param name="From">Asked for; what it costs is counted from here.</param>
/// <param name="To">Known to be gone; null while it may cost.</param>
/// <param name="Failure">Why it never worked.</param>
/// <param name="KeptUntil">Its trainer failed, and it stays so long; <paramref name="To"/> is then when it will be gone, so that its stay is counted from the start.</param>
public sealed record Machine(
    string Name, MachineOffer Offer, DateTimeOffset From, DateTimeOffset? To = null, MachineFailure? Failure = null, DateTimeOffset? KeptUntil = null)
{
    /// <summary>A machine that was refused was never there.</summary>
    public double Hours(DateTimeOffset now) => Failure is { WasAllocated: false } ? 0 : Math.Max(0, ((To ?? now) - From).TotalHours);
}

/// <param name="WasAllocated">It was there and is paid for until it is deleted.</param>
public sealed record MachineFailure(FailureKind Kind, string Words, bool WasAllocated);

/// <summary>What a run's machines cost. Pure.</summary>
public static class Bills
{
    /// <summary>A tenth is kept so that a run can be finished by hand.</summary>
    private const double Share = 0.9;

    public static Bill Of(IEnumerable<Machine> machines, DateTimeOffset now)
    {
        var (cost, saved, hours, perHour) = (0.0, 0.0, 0.0, 0.0);
        KeptMachine? kept = null;
        foreach (var machine in machines)
        {
            var time = machine.Hours(now);
            (cost, saved, hours) = (cost + time * machine.Offer.PerHour, saved + time * (machine.Offer.OnDemandPerHour - machine.Offer.PerHour), hours + time);
            perHour += machine.To is null ? machine.Offer.PerHour : 0;
            kept = machine.KeptUntil is { } until && machine.To > now ? new(machine.Name, until) : kept;
        }

        return new(cost, Math.Max(0, saved), hours, perHour, PriceTable.Currency, kept);
    }

    /// <summary>How long one more machine may be there before the budget is used up.</summary>
    /// <param name="most">However large the budget is.</param>
    /// <returns>Below zero when it is used up.</returns>
    public static TimeSpan Left(Bill? bill, BudgetRequest? budget, double perHour, TimeSpan most)
    {
        var hours = most.TotalHours;
        if (budget?.MaxCost is { } cost)
        {
            hours = Math.Min(hours, (cost - (bill?.Cost ?? 0)) / perHour);
        }

        if (budget?.MaxDuration is { } duration)
        {
            hours = Math.Min(hours, duration.TotalHours - (bill?.Hours ?? 0));
        }

        return TimeSpan.FromHours(hours);
    }

    /// <param name="reserve">Time in which the machine still costs after it was decided to end it: a look, a checkpoint, its deletion.</param>
    /// <returns>What is nearly used up, or null.</returns>
    public static string? NearLimit(Bill bill, BudgetRequest? budget, TimeSpan reserve) => budget switch
    {
        { MaxCost: { } most } when bill.Cost >= Share * most || bill.Cost + bill.PerHour * reserve.TotalHours >= most =>
            string.Create(System.Globalization.CultureInfo.InvariantCulture, $"The run has spent {bill.Cost:0.00} of its {most:0.00} {bill.Currency}."),
        { MaxDuration.TotalHours: var most } when bill.Hours >= Share * most || bill.Hours + reserve.TotalHours >= most =>
            string.Create(System.Globalization.CultureInfo.InvariantCulture, $"The run's machines have run for {bill.Hours:0.00} of their {most:0.00} hours."),
        _ => null,
    };
}
