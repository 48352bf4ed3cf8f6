namespace ServerlessTuning.Contracts.Graders;

/// <summary>OpenAI's words for what a grader does.</summary>
internal static class GraderWords
{
    public static IReadOnlyDictionary<string, StringOperation> Operations { get; } = new Dictionary<string, StringOperation>
    {
        ["eq"] = StringOperation.Eq,
        ["ne"] = StringOperation.Ne,
        ["like"] = StringOperation.Like,
        ["ilike"] = StringOperation.Ilike,
    };

    public static IReadOnlyDictionary<string, SimilarityMetric> Metrics { get; } = new Dictionary<string, SimilarityMetric>
    {
        ["fuzzy_match"] = SimilarityMetric.FuzzyMatch,
        ["bleu"] = SimilarityMetric.Bleu,
        ["gleu"] = SimilarityMetric.Gleu,
        ["meteor"] = SimilarityMetric.Meteor,
        ["cosine"] = SimilarityMetric.Cosine,
        ["rouge_1"] = SimilarityMetric.Rouge1,
        ["rouge_2"] = SimilarityMetric.Rouge2,
        ["rouge_3"] = SimilarityMetric.Rouge3,
        ["rouge_4"] = SimilarityMetric.Rouge4,
        ["rouge_5"] = SimilarityMetric.Rouge5,
        ["rouge_l"] = SimilarityMetric.RougeL,
    };
}
