using System.Text.Json.Nodes;
using ServerlessTuning.Testing;
using ServerlessTuning.Trainer.Generation;
using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Training;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Tests.Models;

/// <summary>A real pretrained Llama of 260,032 parameters: what it says, and how well it foresees a story of its kind.</summary>
public sealed class StoriesTests
{
    private const string Story =
        "Once upon a time, there was a little girl named Lily. She loved to play outside in the park. One day, she saw a big, red ball. She wanted to play with it, but it was too high.\n"
        + "Lily's mom said, \"Lily, let's go to the park.\" Lily was sad and didn't know what to do. She said, \"I want to play with your ball, but I can't find it.\"\n"
        + "Lily was sad and didn't know what to do. She said, \"I'm sorry, Lily. I didn't know what to do.\"\n"
        + "Lily didn't want to help her mom, so she said, \"I";

    private const string Held =
        "Once upon a time, there was a little girl named Lily. She loved to play outside in the park with her mom. One day, she saw a big red ball.";

    private static string Folder => Path.Combine(Repository.Shared!, "models", "stories260K");

    [SharedFact]
    public void It_tells_the_story_that_it_must_tell()
    {
        using var scope = NewDisposeScope();
        using var model = ModelFolder.Load(Folder, ScalarType.Float32, trains: false, CPU);
        var pieces = Pieces();

        int[] prompt = [1, 403, 407, 261, 378];
        var said = Continuation.Greedy(model, [prompt], 200, new HashSet<int>())[0];

        Assert.Equal(Story, string.Concat(prompt.Skip(1).Concat(said).Select(id => pieces[id].Text)).Trim());
    }

    [SharedFact]
    public void It_foresees_a_story_at_0_434_nats_a_token()
    {
        using var scope = NewDisposeScope();
        using var model = ModelFolder.Load(Folder, ScalarType.Float32, trains: false, CPU);
        var ids = Encode(Held);
        var batch = new TokenBatch();
        batch.Add(ids, ids);
        using var built = batch.Build(ScalarType.Float32, CPU);

        var hidden = model.Hidden(built.Input).index_select(0, built.Predicting);
        var score = Objectives.TokenLoss.Measure(model.Language, hidden, built.Targets);

        Assert.Equal(46, score.Tokens);
        Assert.Equal(0.434, score.Mean, 0.001);
    }

    private static List<(string Text, double Score)> Pieces() =>
        [.. JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, "tok512.json")))!["pieces"]!.AsArray().Select(piece => (Shown(piece!["piece"]!.GetValue<string>()), piece["score"]!.GetValue<double>()))];

    private static string Shown(string piece) => piece.StartsWith("<0x", StringComparison.Ordinal) && piece.Length == 6 ? ((char)Convert.ToByte(piece[3..5], 16)).ToString() : piece;

    /// <summary>SentencePiece's BPE: neighbours join in the order of the joined piece's score.</summary>
    private static int[] Encode(string text)
    {
        var pieces = Pieces().Index().GroupBy(item => item.Item.Text).ToDictionary(group => group.Key, group => (Id: group.Last().Index, group.Last().Item.Score));
        List<string> parts = [.. $" {text}".Select(letter => letter.ToString())];
        while (Enumerable.Range(0, parts.Count - 1).Where(i => pieces.ContainsKey(parts[i] + parts[i + 1])).ToList() is { Count: > 0 } joints)
        {
            var best = joints.MaxBy(i => pieces[parts[i] + parts[i + 1]].Score);
            parts[best] += parts[best + 1];
            parts.RemoveAt(best + 1);
        }

        return [1, .. parts.Select(part => pieces[part].Id)];
    }
}
