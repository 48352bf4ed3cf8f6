using System.Text.Json;
using ServerlessTuning.Contracts;
using ServerlessTuning.Contracts.Graders;

namespace ServerlessTuning.Trainer.Graders;

/// <summary>The reward is what a reward model says about the answer.</summary>
internal sealed class ScoreModelGrader(ScoreModelRequest request, OneAtATimeModel model) : IGrader
{
    public Task<GradedAnswer> Grade(AnswerToGrade answer, CancellationToken cancellationToken) => Task.Run(() => Score(answer, cancellationToken), cancellationToken);

    private GradedAnswer Score(AnswerToGrade answer, CancellationToken cancellationToken)
    {
        var shown = request.Input is { } input ? RenderedTurns.Of(input, answer, request.Name) : new(Conversation(answer), null);
        if (shown.SampleProblem is not null)
        {
            return new(0, shown.SampleProblem);
        }

        var score = model.Score([shown.Turns], cancellationToken)[0];
        return GradedAnswer.Finite(request.Range is { } range ? Math.Clamp(score, range.Least, range.Most) : score, new Dictionary<string, double>(), request.Name,
            $"the reward model {request.Model}", "The model's weights may be damaged: grade a few answers with it by hand.");
    }

    /// <summary>The item's messages, then the answer.</summary>
    private List<RewardTurn> Conversation(AnswerToGrade answer)
    {
        if (answer.Item.ValueKind != JsonValueKind.Object || !answer.Item.TryGetProperty("messages", out var messages) || messages.ValueKind != JsonValueKind.Array
            || !messages.EnumerateArray().All(IsTurn))
        {
            throw new GraderException(request.Name, "an item without messages that each have a role and a content", "such messages, or a grader with input",
                "Add \"input\" to the grader: a list of turns, the last one the assistant's with {{ sample.output_text }}.");
        }

        return [.. messages.EnumerateArray().Select(turn => new RewardTurn(turn.GetProperty("role").GetString()!, turn.GetProperty("content").GetString()!)), new("assistant", answer.OutputText)];
    }

    private static bool IsTurn(JsonElement turn) => turn.ValueKind == JsonValueKind.Object
        && turn.TryGetProperty("role", out var role) && role.ValueKind == JsonValueKind.String
        && turn.TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.String;
}
