using ServerlessTuning.Contracts;
using ServerlessTuning.Testing;
using ServerlessTuning.Trainer.Adapters;
using ServerlessTuning.Trainer.Checkpoints;
using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Objectives;
using ServerlessTuning.Trainer.Training;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Tests.Training;

/// <summary>What must not change when only the way of computing does.</summary>
public sealed class IdentityTests
{
    private static readonly string Base = TinyBase.Create();

    private static TrainingPlan Plan(int steps = 4, int microBatchRows = 8, bool recompute = false, Precision precision = Precision.Float32) =>
        new(steps, 1, 1e-2, ScheduleType.Cosine, 0.01, 1, 8 * 64, 64, microBatchRows, 1000, 1000, precision, recompute);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_batch_of_eight_rows_trains_like_eight_batches_of_one(bool full)
    {
        var whole = Train(Plan(microBatchRows: 8), full);
        var parts = Train(Plan(microBatchRows: 1), full);

        AssertClose(whole, parts, 1e-5);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Recomputation_trains_to_the_same_weights(bool full) =>
        AssertClose(Train(Plan(recompute: false), full), Train(Plan(recompute: true), full), 1e-5);

    [Theory]
    [InlineData(false, Precision.Float32)]
    [InlineData(true, Precision.Float32)]
    [InlineData(false, Precision.Bfloat16)]
    public void Ten_steps_a_checkpoint_and_ten_more_equal_twenty_steps_to_the_bit(bool full, Precision precision)
    {
        var folder = Path.Combine(Repository.NewFolder(), "000010");
        var straight = Train(Plan(20, precision: precision), full, dropout: 0.1);
        Train(Plan(20, precision: precision), full, stopAfter: 10, saveTo: folder, dropout: 0.1);

        var resumed = Train(Plan(20, precision: precision), full, resumeFrom: folder, dropout: 0.1);

        foreach (var (name, expected) in straight)
        {
            Assert.True(expected.SequenceEqual(resumed[name]), $"{name} differs after the resume");
        }
    }

    [Fact]
    public void Training_counts_the_same_hits_and_loss_as_a_measurement()
    {
        using var scope = NewDisposeScope();
        using var model = ModelFolder.Load(TinyBase.Create(), ScalarType.Float32, trains: true, CPU);
        using var batch = TokenBatch.Of(Data(), Enumerable.Range(0, 40), ScalarType.Float32, CPU);
        var hidden = model.Hidden(batch.Input).index_select(0, batch.Predicting);
        var greedy = model.Language.Logits(hidden.detach()).argmax(-1);
        var hits = greedy.eq(batch.Targets).sum().item<long>();
        // Half of the targets become what the model would say, so that there is something to count.
        var targets = where(arange(0, greedy.numel(), ScalarType.Int64).lt(greedy.numel() / 2), greedy, batch.Targets);

        var (measured, trained) = (TokenLoss.Measure(model.Language, hidden, targets), TokenLoss.Backward(model.Language, hidden, targets, scale: 1));

        Assert.Equal(measured, trained);
        Assert.InRange(trained.Correct, greedy.numel() / 2, greedy.numel() / 2 + hits);
    }

    [Fact]
    public void A_checkpoint_folder_appears_only_when_it_is_whole_and_replaces_an_older_one()
    {
        var folder = Path.Combine(Repository.NewFolder(), "000004");
        Directory.CreateDirectory(folder + ".partial"); // left by a trainer that was killed
        File.WriteAllText(Path.Combine(folder + ".partial", "weights.safetensors"), "half");

        Train(Plan(4), full: false, stopAfter: 4, saveTo: folder);

        Assert.False(Directory.Exists(folder + ".partial"));
        Assert.Equal(["optimizer.safetensors", "state.json", "weights.safetensors"], Directory.GetFiles(folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Adapter_plus_base_equals_the_merged_weights()
    {
        using var scope = NewDisposeScope();
        using var model = ModelFolder.Load(Base, ScalarType.Float32, trains: false, CPU);
        var trainee = new Trainee(model, LoraAdapter.Attach(model, new(4, 8, 0, ["q_proj", "o_proj", "down_proj"]), seed: 3));
        foreach (var (_, parameter) in trainee.Parameters)
        {
            using (no_grad())
            {
                parameter.add_(randn(parameter.shape) * 0.1);
            }
        }

        var folder = Repository.NewFolder();
        File.Copy(Path.Combine(Base, "config.json"), Path.Combine(folder, "config.json"));
        using (var file = File.Create(Path.Combine(folder, "model.safetensors")))
        {
            MergedWeights.Write(file, trainee, Base, ScalarType.Float32);
        }

        using var merged = ModelFolder.Load(folder, ScalarType.Float32, trains: false, CPU);
        using var batch = Batch();
        var (apart, together) = (Logits(model, batch), Logits(merged, batch));
        Assert.True((apart - together).abs().max().item<float>() < 1e-4);
    }

    [Fact]
    public void Live_tensors_do_not_grow_over_steps()
    {
        using var model = ModelFolder.Load(Base, ScalarType.Float32, trains: false, CPU);
        var counts = new List<long>();
        GC.Collect(); // what other tests left behind must not go away while this one counts
        GC.WaitForPendingFinalizers();

        Train(model, Plan(60), LoraAdapter.Attach(model, new(4, 8, 0, ["q_proj"]), seed: 3), new Recorder(() => counts.Add(Tensor.TotalCount)));

        Assert.Equal(counts[10], counts[^1]);
    }

    private static Tensor Logits(TextModel model, TokenBatch batch) => model.Language.Logits(model.Hidden(batch.Input));

    private static TokenBatch Batch() => TokenBatch.Of(Data(), [0, 1, 2, 3], ScalarType.Float32, CPU);

    private static TokenSplit Data() => new([TokenShards.Random(sequences: 100, longest: 60, vocabulary: 259, seed: 5)]);

    /// <returns>The weights that trained, as bytes.</returns>
    private static Dictionary<string, byte[]> Train(TrainingPlan plan, bool full, int? stopAfter = null, string? saveTo = null, string? resumeFrom = null, double dropout = 0)
    {
        using var model = ModelFolder.Load(Base, plan.Precision == Precision.Float32 ? ScalarType.Float32 : ScalarType.BFloat16, trains: full, CPU);
        var adapter = full ? null : LoraAdapter.Attach(model, new(4, 8, dropout, ["q_proj", "v_proj", "up_proj"]), seed: 3);
        using var stop = new CancellationTokenSource();
        var trainee = new Trainee(model, adapter);
        var optimizer = trainee.NewOptimizer(plan.WeightDecay);
        var first = resumeFrom is null ? 0 : TrainingCheckpoint.Read(resumeFrom, trainee, optimizer);
        var chores = new Recorder(step: done => { if (done == stopAfter) { stop.Cancel(); } }, save: done => { if (saveTo is not null) { TrainingCheckpoint.Write(saveTo, trainee, optimizer, done); } });
        Loop(trainee, optimizer, plan, chores).Run(first, stop.Token);
        return trainee.Parameters.ToDictionary(item => item.Name, item => item.Parameter.detach().bytes.ToArray());
    }

    private static void Train(TextModel model, TrainingPlan plan, LoraAdapter adapter, ITrainingChores chores)
    {
        var trainee = new Trainee(model, adapter);
        Loop(trainee, trainee.NewOptimizer(0), plan, chores).Run(0, CancellationToken.None);
    }

    private static TrainingLoop Loop(Trainee trainee, Optimizer optimizer, TrainingPlan plan, ITrainingChores chores)
    {
        var data = Data();
        return new(new NextTokenObjective(trainee, plan), optimizer, plan, seed: 11, new DataOrder(data.Lengths, plan.RowTokens, plan.RowsPerStep, seed: 11), data, validation: null, chores);
    }

    private static void AssertClose(Dictionary<string, byte[]> expected, Dictionary<string, byte[]> got, double share)
    {
        foreach (var (name, bytes) in expected)
        {
            var (a, b) = (Floats(bytes), Floats(got[name]));
            var largest = a.Max(Math.Abs);
            Assert.True(a.Zip(b).Max(pair => Math.Abs(pair.First - pair.Second)) <= Math.Max(1e-6, 50 * share * largest), name); // four steps of Adam amplify rounding
        }
    }

    private static float[] Floats(byte[] bytes) => System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bytes).ToArray();

    private sealed class Recorder(Action<int>? step = null, Action<int>? save = null) : ITrainingChores
    {
        public Recorder(Action each)
            : this(_ => each())
        {
        }

        public void Report(StepMetrics metrics) => step?.Invoke(metrics.Step);

        public void SaveCheckpoint(int stepsDone) => save?.Invoke(stepsDone);
    }
}
