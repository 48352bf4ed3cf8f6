namespace ServerlessTuning.Trainer.Generation;

/// <summary>How an answer is chosen. Names, meaning and order of application are those of transformers' generation.</summary>
/// <param name="MaxTokens">Longest answer.</param>
/// <param name="StopIds">Tokens that end an answer; not part of it.</param>
/// <param name="Temperature">0: the likeliest token each time. Else a token is drawn from softmax(logits / temperature).</param>
/// <param name="TopK">Only so many likeliest tokens stay; 0 for all.</param>
/// <param name="TopP">Only the likeliest tokens that together reach this probability stay; 1 for all (Holtzman et al. 2019, arXiv:1904.09751).</param>
/// <param name="MinP">Only tokens with at least this share of the likeliest one's probability stay; 0 for all (Nguyen et al. 2024, arXiv:2407.01082).</param>
/// <param name="RepetitionPenalty">Divides positive logits, and multiplies negative ones, of tokens already seen; 1 for none (Keskar et al. 2019, arXiv:1909.05858).</param>
/// <param name="Seed">The same seed draws the same answer, whatever stands beside it in the batch.</param>
/// <param name="IsOver">Asked after each token, with all tokens of an answer: true ends it. For stop strings; null for none.</param>
public sealed record GenerationOptions(
    int MaxTokens, IReadOnlySet<int> StopIds, double Temperature = 0, int TopK = 0, double TopP = 1, double MinP = 0, double RepetitionPenalty = 1, int Seed = 0,
    Func<IReadOnlyList<int>, bool>? IsOver = null)
{
    /// <summary>The token that ends an answer is its last one.</summary>
    public bool KeepsStop { get; init; }

    /// <summary>Which of the seed's draws the first prompt gets: a batch that is answered in parts draws what it would draw at once.</summary>
    public int FirstRow { get; init; }

    /// <exception cref="GenerationException">A value is out of its range.</exception>
    public GenerationOptions Checked()
    {
        Require(MaxTokens > 0, "max tokens", MaxTokens, "at least 1");
        Require(Temperature >= 0, "temperature", Temperature, "0 or more");
        Require(TopK >= 0, "top-k", TopK, "0 or more");
        Require(TopP is > 0 and <= 1, "top-p", TopP, "above 0, at most 1");
        Require(MinP is >= 0 and <= 1, "min-p", MinP, "from 0 to 1");
        Require(RepetitionPenalty > 0, "repetition penalty", RepetitionPenalty, "above 0");
        return this;
    }

    private static void Require(bool holds, string name, double found, string expected)
    {
        if (!holds)
        {
            throw new GenerationException($"{name}: found {found}, expected {expected}.");
        }
    }
}

/// <summary>A prompt or an option that nothing can be generated from. The request is at fault.</summary>
public sealed class GenerationException(string message) : Exception(message);
