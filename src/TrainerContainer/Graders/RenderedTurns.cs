using ServerlessTuning.Contracts;
using ServerlessTuning.Contracts.Graders;

namespace ServerlessTuning.Trainer.Graders;

/// <summary>What a model is shown.</summary>
/// <param name="SampleProblem">Why the answer cannot be shown; null when it can.</param>
internal sealed record RenderedTurns(IReadOnlyList<RewardTurn> Turns, string? SampleProblem)
{
    public static RenderedTurns Of(IReadOnlyList<TurnTemplate> templates, AnswerToGrade answer, string grader)
    {
        List<(string Role, Rendering Rendering)> turns = [.. templates.Select(turn => (turn.Role, turn.Content.Render(answer, grader)))];
        return new([.. turns.Select(turn => new RewardTurn(turn.Role, turn.Rendering.Text))], turns.Find(turn => turn.Rendering.SampleProblem is not null).Rendering?.SampleProblem);
    }
}
