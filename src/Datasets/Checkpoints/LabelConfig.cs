using ServerlessTuning.Contracts;

namespace ServerlessTuning.Datasets.Checkpoints;

/// <param name="Names">By id.</param>
public sealed record LabelConfig(IReadOnlyList<string> Names, ProblemType Problem)
{
    public int Count => Names.Count;

    /// <summary>Names that somebody gave; null when they are only numbered, as transformers does by itself.</summary>
    public IReadOnlyList<string>? OwnNames => Names.Index().All(static label => label.Item == $"LABEL_{label.Index}") ? null : Names;

    /// <returns>Null when the task is no classification.</returns>
    internal static LabelConfig? For(ModelTask task, ConfigFields config) => task is ModelTask.SequenceClassification or ModelTask.TokenClassification ? Parse(config) : null;

    /// <remarks>Without <c>problem_type</c> transformers decides by the labels it sees; one label is regression, several are classes.</remarks>
    private static LabelConfig Parse(ConfigFields config)
    {
        var names = config.Labels();
        return new(names, config.Text("problem_type") switch
        {
            "single_label_classification" => ProblemType.SingleLabel,
            "multi_label_classification" => ProblemType.MultiLabel,
            "regression" => ProblemType.Regression,
            null => names.Count == 1 ? ProblemType.Regression : ProblemType.SingleLabel,
            var other => throw new ModelConfigException("problem_type", $"'{other}'", "single_label_classification, multi_label_classification or regression"),
        });
    }
}
