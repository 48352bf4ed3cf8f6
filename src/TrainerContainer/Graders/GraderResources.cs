namespace ServerlessTuning.Trainer.Graders;

/// <summary>What graders need from outside.</summary>
/// <param name="RewardModels">A published reward model by name; null when there is none of that name.</param>
/// <param name="Environment">The value of an environment variable; null when it is not set.</param>
/// <param name="Clock">Measures the time limits of endpoints and the waits between attempts.</param>
public sealed record GraderResources(Func<string, IRewardModel?> RewardModels, Func<string, string?> Environment, TimeProvider Clock)
{
    /// <summary>Of this process, without reward models.</summary>
    public static GraderResources OfProcess { get; } = new(_ => null, System.Environment.GetEnvironmentVariable, TimeProvider.System);
}
