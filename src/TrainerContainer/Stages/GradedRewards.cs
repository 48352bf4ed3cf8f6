using ServerlessTuning.Contracts;
using ServerlessTuning.Contracts.Graders;
using ServerlessTuning.Trainer.Evaluation;
using ServerlessTuning.Trainer.Graders;
using ServerlessTuning.Trainer.Training;

namespace ServerlessTuning.Trainer.Stages;

/// <summary>Answers as text, beside the lines of the dataset that their prompts come from, to the grader.</summary>
/// <param name="items">The lines of each split.</param>
public sealed class GradedRewards(IGrader grader, ModelText text, IReadOnlyDictionary<TokenSplit, IReadOnlyList<HeldOutExample>> items) : IRewards
{
    public IReadOnlyList<double> Of(TokenSplit split, IReadOnlyList<int> prompts, IReadOnlyList<IReadOnlyList<int>> answers, CancellationToken stop)
    {
        List<AnswerToGrade> asked = [.. prompts.Zip(answers, (prompt, answer) => new AnswerToGrade(items[split][prompt].Item!.Value, text.Read(answer)))];
        return [.. grader.GradeAll(asked, stop).GetAwaiter().GetResult().Select(graded => graded.Reward)];
    }
}
