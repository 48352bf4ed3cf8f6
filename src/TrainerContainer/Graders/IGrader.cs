using ServerlessTuning.Contracts.Graders;

namespace ServerlessTuning.Trainer.Graders;

/// <summary>Judges one answer. May be asked about several at once.</summary>
public interface IGrader
{
    /// <exception cref="GraderException">The answer cannot be graded, and is not at fault.</exception>
    Task<GradedAnswer> Grade(AnswerToGrade answer, CancellationToken cancellationToken);
}

/// <param name="Reward">Finite.</param>
/// <param name="SubRewards">What the reward was made of, by name: the graders of a <c>multi</c>, the <c>similarity</c> before a threshold; mostly empty.</param>
/// <param name="SampleProblem">Why the answer itself cost the reward, such as an answer that is not JSON; null when it did not.</param>
public sealed record GradedAnswer(double Reward, IReadOnlyDictionary<string, double> SubRewards, string? SampleProblem = null)
{
    private static readonly Dictionary<string, double> none = [];

    public GradedAnswer(double reward, string? sampleProblem = null) : this(reward, none, sampleProblem)
    {
    }

    /// <exception cref="GraderException">The reward is infinite or not a number: it would end the training.</exception>
    public static GradedAnswer Finite(double reward, IReadOnlyDictionary<string, double> subRewards, string grader, string source, string fix, string? sampleProblem = null) => double.IsFinite(reward)
        ? new(reward, subRewards, sampleProblem)
        : throw new GraderException(grader, $"a reward of {reward} from {source}", "a finite number", fix);
}
