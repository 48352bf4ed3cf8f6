using ServerlessTuning.Contracts;
using ServerlessTuning.Contracts.Graders;

namespace ServerlessTuning.Trainer.Graders;

/// <summary>
/// 1 when the label that a reward model scores highest as the reply to the input is a passing one. OpenAI lets a chat model write the label; choosing among
/// given replies asks the same question of a model that only scores. The scores come back as sub rewards.
/// </summary>
internal sealed class LabelModelGrader(LabelModelRequest request, OneAtATimeModel model) : IGrader
{
    public Task<GradedAnswer> Grade(AnswerToGrade answer, CancellationToken cancellationToken) => Task.Run(() => Score(answer, cancellationToken), cancellationToken);

    private GradedAnswer Score(AnswerToGrade answer, CancellationToken cancellationToken)
    {
        var shown = RenderedTurns.Of(request.Input, answer, request.Name);
        if (shown.SampleProblem is not null)
        {
            return new(0, shown.SampleProblem);
        }

        var scores = model.Score([.. request.Labels.Select(label => shown.Turns.Append(new("assistant", label)).ToList())], cancellationToken);
        var byLabel = request.Labels.Zip(scores).DistinctBy(pair => pair.First).ToDictionary(pair => pair.First, pair => pair.Second);
        return scores.All(double.IsFinite)
            ? new(request.PassingLabels.Contains(byLabel.MaxBy(pair => pair.Value).Key) ? 1 : 0, byLabel)
            : throw new GraderException(request.Name, $"scores {string.Join(", ", scores)} from the reward model {request.Model}", "finite numbers", "The model's weights may be damaged: grade a few answers with it by hand.");
    }
}
