using ServerlessTuning.Contracts;

namespace ServerlessTuning.Trainer.Graders.Similarity;

/// <summary>How alike two texts are. docs/graders.md says what each metric counts.</summary>
public static class TextSimilarity
{
    /// <returns>0 to 1.</returns>
    public static double Of(SimilarityMetric metric, string input, string reference) => metric switch
    {
        SimilarityMetric.FuzzyMatch => FuzzyMatch.Score(input, reference),
        SimilarityMetric.Bleu => Bleu.Score(Words.OfTranslation(input), Words.OfTranslation(reference)),
        SimilarityMetric.Gleu => Gleu.Score(Words.OfTranslation(input), Words.OfTranslation(reference)),
        SimilarityMetric.Meteor => Meteor.Score(Words.OfTranslation(input.ToLowerInvariant()), Words.OfTranslation(reference.ToLowerInvariant())),
        SimilarityMetric.Cosine => Cosine.Score(Words.OfSummary(input), Words.OfSummary(reference)),
        SimilarityMetric.RougeL => Rouge.Longest(Words.OfSummary(input), Words.OfSummary(reference)),
        _ => Rouge.Score(metric - SimilarityMetric.Rouge1 + 1, Words.OfSummary(input), Words.OfSummary(reference)),
    };
}
