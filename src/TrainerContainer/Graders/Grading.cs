using ServerlessTuning.Contracts.Graders;

namespace ServerlessTuning.Trainer.Graders;

/// <summary>Many answers at a time.</summary>
public static class Grading
{
    /// <summary>Enough to hide the latency of a service without flooding it.</summary>
    public const int AtOnce = 8;

    /// <returns>What each answer got, in the order of the answers.</returns>
    /// <exception cref="GraderException">Of the first answer that could not be graded; the others are given up.</exception>
    public static async Task<IReadOnlyList<GradedAnswer>> GradeAll(this IGrader grader, IReadOnlyList<AnswerToGrade> answers, CancellationToken cancellationToken, int atOnce = AtOnce)
    {
        var graded = new GradedAnswer[answers.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = atOnce, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, answers.Count, options, async (i, cancelled) => graded[i] = await grader.Grade(answers[i], cancelled));
        return graded;
    }
}
