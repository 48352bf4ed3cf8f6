using System.Text.Json.Serialization;

namespace ServerlessTuning.Contracts;

/// <summary>Base against tuned on the held-out split: <c>evaluation/report.json</c>, written by the trainer's evaluate stage.</summary>
/// <param name="Split">Which split judged: <c>test</c>, or <c>validation</c> when there is no test split.</param>
/// <param name="Samples">Prompts answered by both, greedily.</param>
/// <param name="Notices">What the losses of the training told of; null or empty for nothing.</param>
public sealed record EvaluationReport(
    string Split, long Examples, ModelScore Base, ModelScore Tuned, IReadOnlyList<Sample> Samples, IReadOnlyList<TrainingNotice>? Notices = null)
{
    /// <summary>Relative fall of the held-out loss; negative when tuned is worse.</summary>
    [JsonIgnore]
    public double Improvement => (Base.Loss - Tuned.Loss) / Base.Loss;
}

/// <param name="Loss">Nats per supervised token; of a classification per example (of a regression the squared error), of preferences the loss of a pair.</param>
/// <param name="Perplexity">exp(loss); null where the loss is not of tokens.</param>
/// <param name="TextPerplexity">Over the answers' text tokens only: no template or special token counted. Null when there is no text to tell.</param>
/// <param name="Accuracy">Share of supervised tokens that greedy decoding would pick, given the reference before them; share of examples with the right label; share of pairs in which
/// the chosen answer gets the higher reward.</param>
/// <param name="Chrf">Mean chrF (character 1- to 6-grams, β = 2; Popović 2015) of the sampled answers against the references, 0 to 100; null when none were generated.</param>
/// <param name="BitsPerByte">Loss over all of the held-out text in bits, per byte of its UTF-8: comparable between vocabularies. For plain text only.</param>
/// <param name="F1">Of a classification: the mean over the labels of the F1 of each, 0 to 1.</param>
/// <param name="Reward">Of reinforcement: the mean reward of the answers. Of preference: mean reward margin between chosen and rejected.</param>
/// <param name="ByLabel">Of a classification: precision, recall and F1 of each label.</param>
public sealed record ModelScore(
    double Loss, double? Perplexity, double? TextPerplexity, double Accuracy, double? Chrf = null, double? BitsPerByte = null,
    double? F1 = null, double? Reward = null, IReadOnlyList<LabelScore>? ByLabel = null);

/// <param name="Examples">Held-out ones with the label.</param>
public sealed record LabelScore(string Label, long Examples, double Precision, double Recall, double F1);

/// <summary>One prompt, the reference answer if there is one, and both models' answers.</summary>
public sealed record Sample(string Prompt, string? Reference, string Base, string Tuned);
