using ServerlessTuning.Contracts;
using ServerlessTuning.Contracts.Graders;

namespace ServerlessTuning.Trainer.Graders;

/// <summary>A formula over the rewards of graders that are asked at the same time.</summary>
internal sealed class MultiGrader(MultiRequest request, IReadOnlyList<(string Name, IGrader Grader)> graders) : IGrader
{
    public async Task<GradedAnswer> Grade(AnswerToGrade answer, CancellationToken cancellationToken)
    {
        var graded = await Task.WhenAll(graders.Select(part => part.Grader.Grade(answer, cancellationToken)));
        var rewards = graders.Zip(graded).ToDictionary(pair => pair.First.Name, pair => pair.Second.Reward);
        var problem = graders.Zip(graded).Where(pair => pair.Second.SampleProblem is not null).Select(pair => $"{pair.First.Name}: {pair.Second.SampleProblem}").FirstOrDefault();
        return GradedAnswer.Finite(request.Output.Value(rewards), rewards, request.Name,
            $"{request.Output} with {string.Join(", ", rewards.Select(reward => $"{reward.Key} = {reward.Value}"))}",
            "Keep divisors away from 0, and what stands below sqrt and log above it, for example by max(x, 0.01).", problem);
    }
}
