namespace ServerlessTuning.Trainer.Graders;

/// <summary>A published model that says how good a conversation's last turn is. It is asked one question at a time.</summary>
public interface IRewardModel
{
    /// <returns>A score for each conversation, in order; higher is better.</returns>
    IReadOnlyList<double> Score(IReadOnlyList<IReadOnlyList<RewardTurn>> conversations, CancellationToken cancellationToken);
}

/// <param name="Role">Such as <c>user</c>; the last turn, which is scored, is the <c>assistant</c>'s.</param>
public sealed record RewardTurn(string Role, string Content);
