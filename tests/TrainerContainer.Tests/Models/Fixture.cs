using System.Text.Json.Nodes;
using ServerlessTuning.Testing;
using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Training;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Tests.Models;

/// <summary>One reference case: a checkpoint, a padded batch, and the numbers that must come out, with their tolerances.</summary>
internal sealed class Fixture
{
    private readonly string root = Path.Combine(Repository.Shared!, "fixtures");
    private readonly JsonNode index;
    private readonly Dictionary<string, MappedWeights> files = [];

    public Fixture(string id) =>
        index = JsonNode.Parse(File.ReadAllText(Path.Combine(root, "index.json")))!["cases"]!.AsArray().Single(entry => entry!["id"]!.GetValue<string>() == id)!;

    public JsonNode Index => index;

    public string Checkpoint => Path.Combine(root, index["checkpoint"]!.GetValue<string>());

    public string Adapter => Path.Combine(root, index["adapter"]!.GetValue<string>());

    public double Loss => index["loss"]!.GetValue<double>();

    public Tensor Expected(string name) => Read("expected", name);

    public Tensor Gradient(string name) => Read("grads", name);

    public Tensor Input(string name) => Read("inputs", name);

    /// <summary>A file that the case names, by the field of its index entry.</summary>
    public Tensor Of(string field, string name) => Read(field, name);

    /// <summary>One (B, S) batch of a larger tensor as the trainer takes it.</summary>
    public static TokenBatch BatchOf(Tensor ids, Tensor mask, Tensor labels)
    {
        var batch = new TokenBatch();
        foreach (var (tokens, targets) in Rows(ids, mask, labels))
        {
            batch.Add(tokens, targets);
        }

        return batch.Build(ScalarType.Float32, CPU);
    }

    /// <summary>The padded batch as the trainer takes it: sequences one after the other, without their padding.</summary>
    public TokenBatch Batch() => BatchOf(Input("input_ids"), Input("attention_mask"), Input("labels"));

    /// <summary>Rows of (B, S, …) at the real positions, as (N, …).</summary>
    public Tensor RealPositions(Tensor padded)
    {
        var mask = Input("attention_mask").ne(0);
        var index = arange(0, mask.numel(), ScalarType.Int64).masked_select(mask.flatten());
        return padded.reshape(mask.numel(), -1).index_select(0, index);
    }

    public void AssertClose(string quantity, Tensor expected, Tensor got, string? what = null)
    {
        var tolerance = index["tolerance"]![quantity]!;
        var (rtol, atol) = (tolerance["rtol"]!.GetValue<double>(), tolerance["atol"]!.GetValue<double>());
        var excess = ((got - expected).abs() - (atol + rtol * expected.abs())).max().item<float>();
        Assert.True(excess <= 0, $"{what ?? quantity}: over the tolerance by {excess}; largest difference {(got - expected).abs().max().item<float>()}");
    }

    private static IEnumerable<(int[] Ids, int[] Labels)> Rows(Tensor ids, Tensor mask, Tensor labels)
    {
        for (var row = 0; row < ids.shape[0]; row++)
        {
            var real = mask[row].sum().item<long>();
            yield return (Ints(ids[row].narrow(0, 0, real)), Ints(labels[row].narrow(0, 0, real)));
        }
    }

    private static int[] Ints(Tensor tensor) => [.. tensor.to(ScalarType.Int64).data<long>().ToArray().Select(value => (int)value)];

    private Tensor Read(string file, string name)
    {
        var path = Path.Combine(root, index[file]!.GetValue<string>());
        if (!files.TryGetValue(path, out var weights))
        {
            // A folder of links, because a reader takes every safetensors file of a folder.
            var folder = Repository.NewFolder();
            File.CreateSymbolicLink(Path.Combine(folder, "model.safetensors"), path);
            files.Add(path, weights = new MappedWeights(folder, ScalarType.Float32, trains: false, CPU));
        }

        return weights.Stored(name);
    }
}
