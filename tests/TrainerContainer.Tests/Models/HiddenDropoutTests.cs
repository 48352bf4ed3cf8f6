using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Stages;
using ServerlessTuning.Trainer.Tests.Tasks;
using ServerlessTuning.Trainer.Training;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Tests.Models;

public sealed class HiddenDropoutTests
{
    [Fact]
    public void A_share_becomes_zero_and_the_others_grow()
    {
        var dropped = new HiddenDropout(0.25, Seed: 3).Of(ones(200, 100), layer: 1, place: 0);

        Assert.Equal([0f, 4f / 3], dropped.data<float>().Distinct().Order());
        Assert.Equal(1, dropped.mean().item<float>(), 0.02);
    }

    [Fact]
    public void Each_place_of_each_layer_drops_its_own_and_always_the_same()
    {
        var dropout = new HiddenDropout(0.5, Seed: 3);
        Tensor[] all = [dropout.Of(ones(50), 0, 0), dropout.Of(ones(50), 0, 1), dropout.Of(ones(50), 1, 0), dropout.OfEmbedding(ones(50)), dropout.OfClassified(ones(50)), new HiddenDropout(0.5, Seed: 4).Of(ones(50), 0, 0)];

        Assert.Equal(all.Length, all.Select(one => string.Join(' ', one.data<float>())).Distinct().Count());
        Assert.True(all[2].Equals(dropout.Of(ones(50), 1, 0)));
    }

    /// <summary>Also shows that the embedding's gradient, which a recomputing pass carries by hand, is dropped where the embedding was.</summary>
    [Theory]
    [InlineData("supervised")]
    [InlineData("pretraining")]
    [InlineData("classification")]
    [InlineData("tags")]
    [InlineData("masked language")]
    [InlineData("sequence to sequence")]
    public async Task It_changes_the_gradients_of_training_and_recomputing_does_not(string name)
    {
        var task = await PreparedTask.Of(name);
        var (kept, dropped, again) = (Gradients(task, 0, recompute: false), Gradients(task, 0.3, recompute: false), Gradients(task, 0.3, recompute: true));

        Assert.All(dropped, item => Assert.True(Apart(item.Value, kept[item.Key]) > 1e-3 || kept[item.Key].Max(Math.Abs) < 1e-6, item.Key));
        Assert.All(dropped, item => Assert.True(Apart(item.Value, again[item.Key]) < 1e-5, $"{item.Key}: {Apart(item.Value, again[item.Key])}"));
    }

    /// <returns>Largest difference, relative to the largest number.</returns>
    private static double Apart(float[] one, float[] other) => one.Zip(other, (a, b) => Math.Abs(a - b)).Max() / (1e-8 + one.Max(Math.Abs));

    private static Dictionary<string, float[]> Gradients(PreparedTask task, double dropout, bool recompute)
    {
        using var scope = NewDisposeScope();
        var order = task.Order(lora: false, dropout: dropout);
        var context = task.Context(order with { Plan = order.Plan with { Training = order.Plan.Training with { Recompute = recompute } } });
        var data = context.Tokens(context.Order.Dataset.Train);
        using var trainee = context.Models.NewTrainee();
        var objective = new RunObjectives(context).ForTraining(trainee, data, null);
        var batches = objective.Prepare(data, [[0, 1], [2, 3]], step: 0, default);
        _ = batches.Sum(batch => objective.Backward(batch, StepTotals.Of(batches), dropoutSeed: 5).Sum);
        return trainee.Parameters.ToDictionary(item => item.Name, item => item.Parameter.grad!.cpu().data<float>().ToArray());
    }
}
