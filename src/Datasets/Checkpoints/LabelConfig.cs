namespace ServerlessTuning.Datasets.Checkpoints;

/// <summary>What a classifier's numbers mean; <c>problem_type</c> in config.json.</summary>
public enum ProblemType
{
    /// <summary>One of several classes: softmax and cross-entropy.</summary>
    SingleLabel,

    /// <summary>Each label yes or no: sigmoid and binary cross-entropy.</summary>
    MultiLabel,

    /// <summary>A number each: squared error.</summary>
    Regression,
}

/// <param name="Names">By id.</param>
public sealed record LabelConfig(IReadOnlyList<string> Names, ProblemType Problem)
{
    public int Count => Names.Count;

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
