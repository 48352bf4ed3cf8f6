namespace ServerlessTuning.Contracts.Tests;

public sealed class LayerChoiceTests
{
    [Theory]
    [InlineData("first:2", "0,1")]
    [InlineData("last:3", "9,10,11")]
    [InlineData("0-2,8,8", "0,1,2,8")]
    [InlineData("11", "11")]
    [InlineData("last:13", null)]
    [InlineData("12", null)]
    [InlineData("5-3", null)]
    [InlineData("last:0", null)]
    public void Words_become_numbers_of_a_model_with_twelve_layers(string text, string? expected)
    {
        Assert.True(LayerChoice.IsWellFormed(text));
        Assert.Equal(expected, LayerChoice.Of(text, 12) is { } numbers ? string.Join(",", numbers) : null);
    }

    [Theory]
    [InlineData("")]
    [InlineData("last")]
    [InlineData("last:-1")]
    [InlineData("1;2")]
    [InlineData("1-")]
    public void Other_words_are_not_well_formed(string text) => Assert.False(LayerChoice.IsWellFormed(text));
}
