using ServerlessTuning.Contracts.Graders;

namespace ServerlessTuning.Trainer.Graders;

/// <summary>A grader that is a function of rendered texts.</summary>
internal sealed class TextGrader(string name, IReadOnlyList<AnswerTemplate> templates, Func<IReadOnlyList<string>, GradedAnswer> score) : IGrader
{
    public Task<GradedAnswer> Grade(AnswerToGrade answer, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        List<string> texts = [];
        foreach (var template in templates)
        {
            var rendering = template.Render(answer, name);
            if (rendering.SampleProblem is { } problem)
            {
                return Task.FromResult(new GradedAnswer(0, problem));
            }

            texts.Add(rendering.Text);
        }

        return Task.FromResult(score(texts));
    }
}
