using System.Text.Json;

namespace ServerlessTuning.Trainer.Graders;

/// <param name="OutputText">What the model said.</param>
/// <param name="Item">The line of the dataset.</param>
public sealed record AnswerToGrade(string OutputText, JsonElement Item);

public interface IGrader
{
    IReadOnlyList<double> Grade(IReadOnlyList<AnswerToGrade> answers, CancellationToken stop);
}
