using ServerlessTuning.Trainer.Evaluation;

namespace ServerlessTuning.Trainer.Tests.Evaluation;

public sealed class ChrfTests
{
    [Theory]
    [InlineData("abcdefgh", "abcdefgh", 100)]
    [InlineData("xyz", "abc", 0)]
    [InlineData("", "abc", 0)]
    // "abc" against "abd": 2/3 of the characters, 1/2 of the pairs, no triple; precision = recall = (2/3 + 1/2 + 0) / 3.
    [InlineData("abc", "abd", 100 * 7 / 18.0)]
    // "ab" against "abc": precision 1 and 1, recall 2/3 and 1/2, no triple in "ab"; P = 1, R = 7/12, F = 5·P·R / (4·P + R) = 35/55.
    [InlineData("ab", "abc", 100 * 35 / 55.0)]
    // A repeated gram counts as often as both have it: "aa" against "a": precision 1/2, recall 1, F = 5·(1/2) / (4·(1/2) + 1).
    [InlineData("aa", "a", 100 * 2.5 / 3)]
    public void The_score_is_the_one_computed_by_hand(string hypothesis, string reference, double expected) =>
        Assert.Equal(expected, Chrf.Score(hypothesis, reference), 9);

    [Fact]
    public void White_space_does_not_count() => Assert.Equal(100, Chrf.Score("thou\tart  here\n", "thouart here"), 9);

    [Fact]
    public void A_character_outside_the_basic_plane_is_one_character() => Assert.Equal(100 * 7 / 18.0, Chrf.Score("😀😁😂", "😀😁😃"), 9);
}
