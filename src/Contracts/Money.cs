namespace ServerlessTuning.Contracts;

/// <summary>What a run may use at most. Near the end of either the run writes a checkpoint, gives its machine back and asks; it never goes beyond.</summary>
/// <param name="MaxCost">Of the run's machines, in the currency of the price table (USD).</param>
/// <param name="MaxDuration">Time of the run's machines, all attempts together: <c>hh:mm:ss</c> or <c>d.hh:mm:ss</c>. Trainers on the app's own machine are not counted.</param>
public sealed record BudgetRequest(double? MaxCost = null, TimeSpan? MaxDuration = null);

/// <summary>What the planned training asks of a machine.</summary>
/// <param name="GpuMemoryGiB">Weights, gradients, optimizer and activations, with a fifth to spare.</param>
/// <param name="Bfloat16">The products are in bfloat16.</param>
/// <param name="Petaflop">Of all steps, in 10¹⁵ operations.</param>
/// <param name="WeightsGiB">Of it weights, gradients and optimizer.</param>
/// <param name="RowGiB">Of it the activations of one row.</param>
public sealed record MachineNeeds(double GpuMemoryGiB, bool Bfloat16, double Petaflop, double WeightsGiB = 0, double RowGiB = 0);

/// <summary>What a run's machines cost so far.</summary>
/// <param name="SavedBySpot">What the same hours would have cost more on demand.</param>
/// <param name="Hours">Of all machines.</param>
/// <param name="PerHour">Of the machine that is there now; 0 when there is none.</param>
/// <param name="Kept">A machine that stays after its trainer failed; what it costs to its end is counted already. Null when there is none.</param>
public sealed record Bill(double Cost, double SavedBySpot, double Hours, double PerHour, string Currency, KeptMachine? Kept = null);

/// <summary>A machine that a person may look at, because its trainer failed: <c>Tuning:Azure:KeepOnError</c>.</summary>
/// <param name="Name">Of the virtual machine, in the trainers' resource group.</param>
/// <param name="Until">Then it is deleted.</param>
public sealed record KeptMachine(string Name, DateTimeOffset Until);
