using ServerlessTuning.Testing;
using ServerlessTuning.Trainer.Generation;
using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Training;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Tests.Generation;

public sealed class ContinuationTests
{
    private static readonly HashSet<int> never = [];
    private readonly TextModel model = ModelFolder.Load(TinyBase.Create(), ScalarType.Float32, trains: false, CPU);
    private readonly int[][] prompts = [[10, 20, 30, 40, 50, 60, 70], [99], [5, 6, 7, 8]];

    [Fact]
    public void Answers_with_the_cache_are_the_answers_of_whole_forwards()
    {
        var cached = Continuation.Greedy(model, prompts, 12, never);

        Assert.Equal(prompts.Select(prompt => Uncached(prompt, 12)), cached);
    }

    [Fact]
    public void An_answer_ends_before_a_stop_token_and_does_not_disturb_its_neighbours()
    {
        var whole = Continuation.Greedy(model, prompts, 8, never);
        var stop = whole[0][3];

        var stopped = Continuation.Greedy(model, prompts, 8, new HashSet<int> { stop });

        Assert.Equal(whole.Select(answer => answer.TakeWhile(id => id != stop)), stopped);
    }

    [Fact]
    public void The_same_seed_draws_the_same_answer_and_another_seed_another()
    {
        var first = Sample(seed: 1);

        Assert.Equal(first, Sample(seed: 1));
        Assert.NotEqual(first, Sample(seed: 2));
    }

    [SharedFact]
    public void An_answer_ends_where_learned_positions_end()
    {
        using var gpt2 = ModelFolder.Load(Path.Combine(Repository.Shared!, "fixtures", "models", "gpt2-tiny"), ScalarType.Float32, trains: false, CPU); // 64 positions

        var answer = Continuation.Greedy(gpt2, [Enumerable.Range(1, 60).ToArray()], 20, never)[0];

        Assert.Equal(5, answer.Count); // the fifth is foreseen by the last position
    }

    private IReadOnlyList<List<int>> Sample(int seed) => Continuation.Of(model, prompts, new(20, never, Temperature: 1, Seed: seed));

    private List<int> Uncached(int[] prompt, int tokens)
    {
        using var nothing = no_grad();
        List<int> ids = [.. prompt];
        for (var i = 0; i < tokens; i++)
        {
            using var scope = NewDisposeScope();
            var batch = new TokenBatch();
            batch.Add(ids.ToArray(), new int[ids.Count]);
            using var built = batch.Build(ScalarType.Float32, CPU);
            var hidden = model.Hidden(built.Input);
            ids.Add((int)model.Language.Logits(hidden.narrow(0, ids.Count - 1, 1)).argmax(-1).item<long>());
        }

        return ids[prompt.Length..];
    }
}
