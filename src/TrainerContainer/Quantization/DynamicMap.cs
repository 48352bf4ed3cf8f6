namespace ServerlessTuning.Trainer.Quantization;

/// <summary>
/// The 256 values that eight bits stand for, from −1 or 0 to 1: seven decades, each with twice as many values as the one below it, so that small numbers keep
/// their order of magnitude and large ones their digits. Source: Dettmers et al. 2021, arXiv:2110.02861, section 2.1; values as bitsandbytes' create_dynamic_map.
/// </summary>
public static class DynamicMap
{
    private const int Decades = 7;

    /// <summary>For numbers of both signs; −1 itself is not among them. Ascending.</summary>
    public static IReadOnlyList<float> Signed { get; } = [.. Positive(most: 64).SelectMany(value => new[] { -value, value }).Concat([0f, 1f]).Order()];

    /// <summary>For numbers that are not negative. Ascending.</summary>
    public static IReadOnlyList<float> Unsigned { get; } = [.. Positive(most: 128).Concat([0f, 1f]).Order()];

    /// <param name="most">Values of the highest decade, 0.1 to 1.</param>
    private static IEnumerable<float> Positive(int most) =>
        from decade in Enumerable.Range(0, Decades)
        let count = most >> decade
        from i in Enumerable.Range(0, count)
        select (float)(Math.Pow(10, -decade) * (0.1 + 0.9 * (i + 0.5) / count)); // the middle of each of count equal parts
}
