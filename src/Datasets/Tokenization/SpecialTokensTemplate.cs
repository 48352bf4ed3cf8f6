namespace ServerlessTuning.Datasets.Tokenization;

/// <summary>The tokens that go before and after a single text.</summary>
internal sealed record SpecialTokensTemplate(IReadOnlyList<int> Before, IReadOnlyList<int> After)
{
    public static SpecialTokensTemplate None { get; } = new([], []);

    public List<int> Around(List<int> ids) => [.. Before, .. ids, .. After];
}
