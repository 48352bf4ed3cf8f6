using ServerlessTuning.Testing;
using ServerlessTuning.Trainer.Generation;
using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Models.Families;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Tests.Generation;

/// <summary>An encoder-decoder that answers, and a beam search over decoders too.</summary>
public sealed class T5GenerationTests
{
    private static readonly HashSet<int> never = [];
    private static readonly int[][] sources = [[5, 9, 17, 30, 41, 8], [60], [3, 3, 44]];

    [SharedFact]
    public void Answers_with_kept_keys_are_those_of_whole_forwards_in_a_batch_of_unequal_sources()
    {
        using var model = Load("t5-v10-tiny");

        var kept = Continuation.Greedy(model, sources, 9, never);

        Assert.Equal(sources.Select(source => Whole((T5)model, source, 9)), kept);
    }

    [SharedTheory]
    [InlineData("t5-v10-tiny")]
    [InlineData("llama2-tiny")]
    public void One_beam_is_the_greedy_answer(string id)
    {
        using var model = Load(id);

        Assert.Equal(Continuation.Greedy(model, sources, 7, never), BeamSearch.Of(model, sources, beams: 1, 7, never));
    }

    [SharedTheory]
    [InlineData("t5-v10-tiny")]
    [InlineData("llama2-tiny")]
    public void As_many_beams_as_there_are_answers_find_the_best_of_all(string id)
    {
        using var model = Load(id);
        var v = model.Config.VocabSize;

        var found = BeamSearch.Of(model, [sources[0]], beams: v, maxTokens: 2, never)[0];

        var best = Enumerable.Range(0, v).SelectMany(a => Scores(model, sources[0], a).Select((score, b) => (Answer: (List<int>)[a, b], score))).MaxBy(item => item.score);
        Assert.Equal(best.Answer, found);
    }

    private static PretrainedModel Load(string id) => ModelFolder.LoadAny(Path.Combine(Repository.Shared!, "fixtures", "models", id), ScalarType.Float32, trains: false, CPU);

    /// <summary>Log-probability of a then b, for every b.</summary>
    private static double[] Scores(PretrainedModel model, int[] prompt, int a)
    {
        using var nothing = no_grad();
        using var scope = NewDisposeScope();
        using var decoding = Continuation.Decoding(model, [prompt], 2);
        var first = decoding.Begin().log_softmax(-1)[0, a].item<float>();
        return [.. decoding.Next([a]).log_softmax(-1).data<float>().ToArray().Select(second => (double)first + second)];
    }

    private static List<int> Whole(T5 model, int[] source, int tokens)
    {
        using var nothing = no_grad();
        List<int> said = [model.Start];
        for (var i = 0; i < tokens; i++)
        {
            using var scope = NewDisposeScope();
            using var both = new PackedSequences([source.Length], ScalarType.Float32, CPU, causal: false);
            using var own = new PackedSequences([said.Count], ScalarType.Float32, CPU);
            using var across = new CrossAttention([said.Count], [source.Length], ScalarType.Float32, CPU);
            var memory = model.Encode(new(source.ToTensor(CPU), source.ToTensor(CPU), both));
            var hidden = model.Decode(new(said.ToTensor(CPU), said.ToTensor(CPU), own), memory, across);
            said.Add((int)model.Head.Logits(hidden.narrow(0, said.Count - 1, 1)).argmax(-1).item<long>());
        }

        return said[1..];
    }
}
