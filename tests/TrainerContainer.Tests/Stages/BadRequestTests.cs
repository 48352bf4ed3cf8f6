using System.Text;
using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Checkpoints;
using ServerlessTuning.Trainer.Stages;
using ServerlessTuning.Trainer.Storage;
using ServerlessTuning.Trainer.Verbs;

namespace ServerlessTuning.Trainer.Tests.Stages;

/// <summary>What is wrong with the request ends with exit code 10 and a sentence that says what to do.</summary>
[Collection(nameof(UndisturbedRun))]
public sealed class BadRequestTests
{
    [Fact]
    public async Task A_truncated_safetensors_file() => await Refuses(
        folder => Shorten(Path.Combine(folder, "model.safetensors"), by: 100), "model.safetensors", "as its header says", "upload it again");

    [Fact]
    public async Task A_base_with_a_pickle_file_only() => await Refuses(
        folder => File.Move(Path.Combine(folder, "model.safetensors"), Path.Combine(folder, "pytorch_model.bin")), "pickle", "*.safetensors");

    [Fact]
    public async Task A_base_without_config() => await Refuses(folder => File.Delete(Path.Combine(folder, "config.json")), "config.json", "Hugging Face layout");

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public async Task A_base_with_a_number_that_is_none(float number) => await Refuses(
        folder =>
        {
            var weights = Path.Combine(folder, "model.safetensors");
            var entry = SafetensorsHeader.Read(weights).Entries["model.layers.1.mlp.up_proj.weight"];
            using var file = File.OpenWrite(weights);
            file.Position = entry.Begin + 40;
            file.Write(BitConverter.GetBytes(number));
        }, "NaN or infinity in tensor model.layers.1.mlp.up_proj.weight", "earlier checkpoint");

    [Fact]
    public async Task A_base_that_is_not_there()
    {
        var order = TinyRun.Order();
        await using var run = await TinyRun.Create(order with { Plan = order.Plan with { Base = "other" } });

        Assert.Equal(ExitCodes.RequestAtFault, await run.RunHere());

        Assert.Contains("found nothing under models/other/base/", (await run.Done()).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_order_that_is_no_order()
    {
        await using var run = await TinyRun.Create();
        await run.Store.WriteJson(BlobPaths.Runs, BlobPaths.Order(TinyRun.Id, 1), new { runId = 5 }, default);

        Assert.Equal(ExitCodes.RequestAtFault, await run.RunHere());

        Assert.Contains("sums-1/attempts/1/order.json", (await run.Done()).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_learning_rate_that_lets_training_diverge_names_the_step_and_its_examples()
    {
        var order = TinyRun.Order();
        await using var run = await TinyRun.Create(order with { Plan = order.Plan with { Training = order.Plan.Training with { LearningRate = 1e30 } } });

        Assert.Equal(ExitCodes.RequestAtFault, await run.RunHere());

        var done = await run.Done();
        Assert.Contains("learningRate", done.Error, StringComparison.Ordinal);
        Assert.InRange(done.LastBatch!.Step, 1, 6);
        Assert.Equal(order.Plan.Training.RowsPerStep, done.LastBatch.Rows.Count);
        Assert.Contains($"It was learning step {done.LastBatch.Step}: {done.LastBatch.Rows.Sum(row => row.Count)} examples", Encoding.UTF8.GetString(await run.Bytes("attempts/1/log.txt")), StringComparison.Ordinal);
        Assert.All(done.LastBatch.Rows.SelectMany(row => row), example => Assert.InRange(example, 0, 47));
    }

    [Theory]
    [InlineData("run/attempts/x/order.json")]
    [InlineData("../attempts/1/order.json")]
    [InlineData("order.json")]
    public void A_name_that_is_no_orders_name_is_not_taken(string name) => Assert.Null(OrderName.TryParse(name));

    [Theory]
    [InlineData("found '--promt'", "--base", "x", "--promt", "hello")]
    [InlineData("found nothing behind --base", "--base")]
    [InlineData("found --temperature hot", "--base", "/", "--prompt", "x", "--temperature", "hot")]
    [InlineData("found no folder /nowhere", "--base", "/nowhere", "--prompt", "x")]
    public void Arguments_that_are_not_understood_are_named(string error, params string[] arguments) =>
        Assert.Contains(error, Assert.Throws<RequestException>(() =>
        {
            var parsed = new Arguments("generate", arguments, ["--base", "--prompt", "--temperature"], []);
            parsed.Folder("--base");
            parsed.Number("--temperature", 0, 0, 10);
        }).Message, StringComparison.Ordinal);

    private static async Task Refuses(Action<string> spoil, params string[] said)
    {
        await using var run = await TinyRun.Create(changeBase: spoil);

        Assert.Equal(ExitCodes.RequestAtFault, await run.RunHere());

        var done = await run.Done();
        Assert.Equal(ExitCodes.RequestAtFault, done.ExitCode);
        Assert.All(said, part => Assert.Contains(part, done.Error, StringComparison.Ordinal));
    }

    private static void Shorten(string file, int by)
    {
        using var stream = File.OpenWrite(file);
        stream.SetLength(stream.Length - by);
    }
}
