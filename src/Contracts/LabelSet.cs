namespace ServerlessTuning.Contracts;

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

/// <summary>The labels of a dataset.</summary>
/// <param name="Names">By id; of a regression a single one.</param>
/// <param name="Counts">Training examples (of a tagged text: words) with each label; of a regression their number.</param>
public sealed record LabelSet(IReadOnlyList<string> Names, ProblemType Problem, IReadOnlyList<long> Counts)
{
    /// <summary>Numbers that a classifier gives.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public int Count => Names.Count;
}
