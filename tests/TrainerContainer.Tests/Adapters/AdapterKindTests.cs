using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Checkpoints;
using ServerlessTuning.Testing;
using ServerlessTuning.Trainer.Adapters;
using ServerlessTuning.Trainer.Checkpoints;
using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Tests.Training;
using ServerlessTuning.Trainer.Training;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Tests.Adapters;

/// <summary>What holds for every kind of adapter, over plain and four-bit bases.</summary>
public sealed class AdapterKindTests
{
    private static readonly string Base = TinyBase.Create(), Wide = Widened();
    private static readonly string[] Layers = ["q_proj", "o_proj", "down_proj"];

    public static TheoryData<string> Kinds => ["lora", "rslora", "dora", "qlora", "lora+", "pissa", "pissa+rslora", "pissa+dora"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_new_adapter_changes_nothing(string kind)
    {
        using var scope = NewDisposeScope();
        using var model = Load(kind);
        using var batch = Batch();
        var before = Logits(model, batch);

        LoraAdapter.Attach(model, Config(kind), seed: 3);

        Assert.True((before - Logits(model, batch)).abs().max().item<float>() <= (kind is "dora" or ['p', ..] ? 1e-5 : 0));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Written_and_read_back_it_says_the_same(string kind)
    {
        using var scope = NewDisposeScope();
        using var model = Load(kind);
        using var batch = Batch();
        var folder = Repository.NewFolder();
        AdapterFiles.Write(Trained(model, kind).Adapter!, model, "base", folder);

        using var again = Load(kind);
        AdapterFiles.Attach(again, folder);

        // A principal start is written as twice the rank over the untouched base: the same sums in another order.
        Assert.True((Logits(model, batch) - Logits(again, batch)).abs().max().item<float>() <= (kind is ['p', ..] ? 1e-5 : 0));
    }

    [Theory]
    [InlineData("lora")]
    [InlineData("rslora")]
    [InlineData("dora")]
    [InlineData("pissa")]
    [InlineData("pissa+rslora")]
    [InlineData("pissa+dora")]
    public void Merged_it_says_the_same(string kind)
    {
        using var scope = NewDisposeScope();
        using var model = Load(kind);
        using var batch = Batch();
        var folder = Repository.NewFolder();
        File.Copy(Path.Combine(Base, "config.json"), Path.Combine(folder, "config.json"));
        using (var file = File.Create(Path.Combine(folder, "model.safetensors")))
        {
            MergedWeights.Write(file, Trained(model, kind), Base, ScalarType.Float32);
        }

        using var merged = ModelFolder.Load(folder, ScalarType.Float32, trains: false, CPU);

        Assert.True((Logits(model, batch) - Logits(merged, batch)).abs().max().item<float>() < 1e-4);
    }

    public static IEnumerable<object[]> KindsAndOptimizers =>
        from kind in (string[])["lora", "rslora", "dora", "qlora", "lora+", "full", "wide", "pissa", "pissa+dora"] from optimizer in Enum.GetValues<OptimizerType>() select new object[] { kind, optimizer };

    [Theory]
    [MemberData(nameof(KindsAndOptimizers))]
    public void Ten_steps_a_checkpoint_and_ten_more_equal_twenty_steps_to_the_bit(string kind, OptimizerType optimizer)
    {
        var folder = Path.Combine(Repository.NewFolder(), "000010");
        var straight = Train(kind, optimizer);
        Train(kind, optimizer, stopAfter: 10, saveTo: folder);

        var resumed = Train(kind, optimizer, resumeFrom: folder);

        Assert.All(straight, item => Assert.True(item.Value.SequenceEqual(resumed[item.Key]), $"{item.Key} differs after the resume"));
    }

    [Fact]
    public void A_base_in_four_bits_takes_an_eighth_of_its_matrices_memory()
    {
        using var scope = NewDisposeScope();
        var weight = randn([512, 1024]);
        using var matrix = new Quantization.Nf4Matrix(weight);

        Assert.InRange(matrix.Bytes, 512 * 1024 / 2, 512 * 1024 / 2 * 1.05);
        Assert.True((matrix.Unpack(ScalarType.Float32) - weight).abs().mean().item<float>() < 0.08); // of a normal variable: about 0.07
    }

    [Fact]
    public void A_kind_that_is_not_built_is_named()
    {
        var folder = Repository.NewFolder();
        File.WriteAllText(Path.Combine(folder, "adapter_config.json"), """{"peft_type":"LORA","r":4,"lora_alpha":8,"target_modules":["q_proj"],"bias":"all"}""");

        Assert.Contains("bias: found \"all\"", Assert.Throws<ModelConfigException>(() => AdapterFiles.ReadConfig(folder)).Message, StringComparison.Ordinal);
    }

    /// <summary>The tiny base grown so far that a rank of 16 has matrices large enough for moments in eight bits.</summary>
    private static string Widened()
    {
        using var scope = NewDisposeScope();
        var folder = TinyBase.Create();
        var config = Path.Combine(folder, "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"hidden_size\": 32", "\"hidden_size\": 256", StringComparison.Ordinal));
        using var model = ModelFolder.Create(folder, seed: 1, ScalarType.Float32, CPU);
        using var file = File.Create(Path.Combine(folder, "model.safetensors"));
        TensorFiles.Write(file, model.Parameters.Select(item => (item.Name, (Tensor)item.Parameter)));
        return folder;
    }

    private static LoraConfig Config(string kind) => new(kind == "wide" ? 16 : 4, 8, 0, Layers, RankStabilized: kind.EndsWith("rslora", StringComparison.Ordinal), Decomposed: kind.EndsWith("dora", StringComparison.Ordinal), QuantizedBase: kind == "qlora", LoraPlusRatio: kind == "lora+" ? 16 : 1,
        Init: kind is ['p', ..] ? AdapterInit.Pissa : AdapterInit.Default);

    private static TextModel Load(string kind) => ModelFolder.Load(kind == "wide" ? Wide : Base, ScalarType.Float32, trains: kind == "full", CPU, quantizes: kind == "qlora");

    private static Trainee Trained(TextModel model, string kind)
    {
        using var nothing = no_grad();
        var trainee = new Trainee(model, LoraAdapter.Attach(model, Config(kind), seed: 3));
        foreach (var (_, parameter) in trainee.Parameters)
        {
            parameter.add_(randn(parameter.shape) * 0.1);
        }

        return trainee;
    }

    private static Dictionary<string, byte[]> Train(string kind, OptimizerType type, int? stopAfter = null, string? saveTo = null, string? resumeFrom = null)
    {
        var plan = new TrainingPlan(20, 1, 1e-3, ScheduleType.Cosine, 0.01, 1, 512, 64, 8, 1000, 1000, Precision.Float32, Recompute: kind == "qlora");
        using var model = Load(kind);
        using var stop = new CancellationTokenSource();
        var trainee = new Trainee(model, kind == "full" ? null : LoraAdapter.Attach(model, Config(kind), seed: 3));
        using var optimizer = trainee.NewOptimizer(plan.WeightDecay, type: type);
        var first = resumeFrom is null ? 0 : TrainingCheckpoint.Read(resumeFrom, trainee, optimizer);
        var chores = new Chores(done => { if (done == stopAfter) { stop.Cancel(); } }, done => { if (saveTo is not null) { TrainingCheckpoint.Write(saveTo, trainee, optimizer, done); } });
        var data = new TokenSplit([TokenShards.Random(sequences: 40, longest: 60, vocabulary: 259, seed: 5)]);
        var order = new DataOrder(data.Lengths, plan.RowTokens, plan.RowsPerStep, seed: 11);
        new TrainingLoop(new NextTokenObjective(trainee, plan), optimizer, plan, seed: 11, order, data, validation: null, chores).Run(first, stop.Token);
        return trainee.Parameters.ToDictionary(item => item.Name, item => item.Parameter.detach().bytes.ToArray());
    }

    private static TokenBatch Batch()
    {
        var batch = new TokenBatch();
        batch.Add([5, 9, 200, 31, 7, 7, 8], [5, 9, 200, 31, 7, 7, 8]);
        return batch.Build(ScalarType.Float32, CPU);
    }

    private static Tensor Logits(TextModel model, TokenBatch batch)
    {
        using var nothing = no_grad();
        return model.Language.Logits(model.Hidden(batch.Input));
    }

    private sealed class Chores(Action<int> step, Action<int> save) : ITrainingChores
    {
        public void Report(StepMetrics metrics) => step(metrics.Step);

        public void SaveCheckpoint(int stepsDone) => save(stepsDone);
    }
}
