using ServerlessTuning.Testing;
using ServerlessTuning.Trainer.Generation;
using ServerlessTuning.Trainer.Models;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Tests.Generation;

/// <summary>What a token is drawn from, and what cannot be asked.</summary>
public sealed class ChoiceTests
{
    private static readonly HashSet<int> never = [];
    private static readonly float[] logits = [2f, 1f, 0.5f, -1f];

    [Fact]
    public void Tokens_are_drawn_as_often_as_their_probability_says()
    {
        var expected = Softmax(logits.Select(value => value / 0.7));

        var share = Shares(new(1, never, Temperature: 0.7));

        Assert.All(share.Zip(expected), pair => Assert.Equal(pair.Second, pair.First, 0.03));
    }

    [Fact]
    public void Top_k_leaves_the_likeliest()
    {
        var share = Shares(new(1, never, Temperature: 1, TopK: 2));

        Assert.Equal([0, 0], share[2..]);
        Assert.Equal(Softmax([2, 1])[0], share[0], 0.03);
    }

    [Fact]
    public void Top_p_leaves_those_that_together_reach_it_and_the_one_that_crosses_it()
    {
        var share = Shares(new(1, never, Temperature: 1, TopP: 0.7)); // probabilities: 0.61, 0.22, 0.14, 0.03

        Assert.True(share[0] > 0 && share[1] > 0);
        Assert.Equal([0, 0], share[2..]);
    }

    [Fact]
    public void Min_p_leaves_what_comes_near_the_likeliest()
    {
        var share = Shares(new(1, never, Temperature: 1, MinP: 0.3)); // shares of the likeliest: 1, 0.37, 0.22, 0.05

        Assert.True(share[0] > 0 && share[1] > 0);
        Assert.Equal([0, 0], share[2..]);
    }

    [Fact]
    public void A_repetition_penalty_makes_seen_tokens_less_likely_on_either_side_of_zero()
    {
        using var scope = NewDisposeScope();
        var penalized = new GenerationOptions(1, never, RepetitionPenalty: 4);

        Assert.Equal([1], Choice.Of(tensor(new float[,] { { 2, 1, -1 } }), [new[] { 0 }], 0, penalized));       // 0.5, 1, −1
        Assert.Equal([0], Choice.Of(tensor(new float[,] { { -2, -1, -9 } }), [new[] { 1 }], 0, penalized));     // −2, −4, −9
    }

    [Fact]
    public void A_draw_does_not_depend_on_how_many_others_are_drawn_beside_it()
    {
        using var model = ModelFolder.Load(TinyBase.Create(), ScalarType.Float32, trains: false, CPU);
        var options = new GenerationOptions(15, never, Temperature: 1, Seed: 3);

        Assert.Equal(Continuation.Of(model, [[5, 6, 7]], options)[0], Continuation.Of(model, [[5, 6, 7], [9, 8], [1, 2, 3, 4]], options)[0]);
    }

    [Fact]
    public void An_answer_ends_where_its_text_says()
    {
        using var model = ModelFolder.Load(TinyBase.Create(), ScalarType.Float32, trains: false, CPU);

        var answer = Continuation.Of(model, [[5, 6, 7]], new(15, never, IsOver: said => said.Count == 4))[0];

        Assert.Equal(4, answer.Count);
    }

    [Fact]
    public void What_cannot_be_continued_is_refused_with_what_was_found()
    {
        using var model = ModelFolder.Load(TinyBase.Create(), ScalarType.Float32, trains: false, CPU);

        Assert.Contains("found no token", Refused([]), StringComparison.Ordinal);
        Assert.Contains("found token id 259, expected ids from 0 to 258", Refused([1, 259]), StringComparison.Ordinal);
        Assert.Contains("found 256 tokens, expected fewer than the context of 256", Refused(new int[256]), StringComparison.Ordinal);

        string Refused(int[] prompt) => Assert.Throws<GenerationException>(() => Continuation.Greedy(model, [prompt], 4, never)).Message;
    }

    [Theory]
    [InlineData(0, 1, 0, 1, "max tokens")]
    [InlineData(1, -1, 0, 1, "temperature")]
    [InlineData(1, 1, -1, 1, "top-k")]
    [InlineData(1, 1, 0, 1.5, "top-p")]
    public void An_option_out_of_its_range_is_named(int maxTokens, double temperature, int topK, double topP, string name) =>
        Assert.Contains(name, Assert.Throws<GenerationException>(() => new GenerationOptions(maxTokens, never, temperature, topK, topP).Checked()).Message, StringComparison.Ordinal);

    private static double[] Shares(GenerationOptions options)
    {
        const int Draws = 4000;
        using var scope = NewDisposeScope();
        var drawn = Choice.Of(tensor(logits).unsqueeze(0).expand(Draws, 4).contiguous(), [], 0, options);
        return [.. Enumerable.Range(0, 4).Select(id => drawn.Count(other => other == id) / (double)Draws)];
    }

    private static double[] Softmax(IEnumerable<double> values)
    {
        double[] powers = [.. values.Select(Math.Exp)];
        return [.. powers.Select(power => power / powers.Sum())];
    }
}
