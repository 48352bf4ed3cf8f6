using ServerlessTuning.Contracts;
using ServerlessTuning.Testing;
using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Quantization;
using ServerlessTuning.Trainer.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Tests.Training;

/// <summary>Each optimizer against the same algorithm written once more over plain arrays, and against AdamW on a model.</summary>
public sealed class OptimizerTests
{
    private const double Rate = 0.01, Decay = 0.1;

    [Theory]
    [InlineData(5, 7)]
    [InlineData(1, 40)]
    public void Adafactor_moves_a_matrix_as_its_paper_says(int rows, int columns)
    {
        using var scope = NewDisposeScope();
        using var matrix = new Walk(OptimizerType.Adafactor, rows, columns);
        double[] r = new double[rows], c = new double[columns];

        for (var step = 1; step <= 6; step++)
        {
            var g = matrix.NextGradient();
            var decay = 1 - Math.Pow(step, -0.8);
            for (var i = 0; i < rows; i++)
            {
                r[i] = decay * r[i] + (1 - decay) * Enumerable.Range(0, columns).Average(j => g[i * columns + j] * g[i * columns + j] + 1e-30);
            }

            for (var j = 0; j < columns; j++)
            {
                c[j] = decay * c[j] + (1 - decay) * Enumerable.Range(0, rows).Average(i => g[i * columns + j] * g[i * columns + j] + 1e-30);
            }

            matrix.Expect(Clipped([.. g.Select((slope, at) => slope / Math.Sqrt(r[at / columns] * c[at % columns] / r.Average()))]));
        }

        matrix.AssertClose(2e-6);
    }

    [Fact]
    public void Adafactor_keeps_a_vectors_second_moment_whole()
    {
        using var scope = NewDisposeScope();
        using var vector = new Walk(OptimizerType.Adafactor, 30);
        var v = new double[30];

        for (var step = 1; step <= 6; step++)
        {
            var (g, decay) = (vector.NextGradient(), 1 - Math.Pow(step, -0.8));
            v = [.. v.Zip(g, (old, slope) => decay * old + (1 - decay) * (slope * slope + 1e-30))];
            vector.Expect(Clipped([.. g.Zip(v, (slope, square) => slope / Math.Sqrt(square))]));
        }

        vector.AssertClose(2e-6);
    }

    [Fact]
    public void AdamW_in_eight_bits_is_AdamW_with_moments_rounded_to_the_dynamic_map()
    {
        using var scope = NewDisposeScope();
        using var matrix = new Walk(OptimizerType.AdamW8Bit, 65, 79); // 5135: twenty blocks of 256 and a part of one
        double[] m = new double[65 * 79], v = new double[65 * 79];

        for (var step = 1; step <= 5; step++)
        {
            var g = matrix.NextGradient();
            m = [.. m.Zip(g, (old, slope) => 0.9 * old + 0.1 * slope)];
            v = [.. v.Zip(g, (old, slope) => 0.999 * old + 0.001 * slope * slope)];
            var (one, two) = (1 - Math.Pow(0.9, step), 1 - Math.Pow(0.999, step));
            matrix.Expect([.. m.Zip(v, (mean, square) => mean / one / (Math.Sqrt(square / two) + 1e-8))]);
            (m, v) = (Rounded(m, DynamicMap.Signed), Rounded(v, DynamicMap.Unsigned));
        }

        // A number that lies on a border between two codes may fall to either side.
        matrix.AssertClose(2e-5, share: 0.999);
    }

    [Fact]
    public void The_dynamic_maps_are_those_of_bitsandbytes()
    {
        Assert.Equal((256, 256), (DynamicMap.Signed.Count, DynamicMap.Unsigned.Count));
        Assert.Equal([0f, 3.25e-7f, 7.75e-7f, 2.125e-6f], DynamicMap.Unsigned.Take(4), (a, b) => Math.Abs(a - b) <= 1e-6f * b);
        Assert.Equal([0.98945313f, 0.996484375f, 1f], DynamicMap.Unsigned.TakeLast(3), (a, b) => Math.Abs(a - b) <= 1e-6f);
        Assert.Equal([-0.99296875f, -0.97890625f], DynamicMap.Signed.Take(2), (a, b) => Math.Abs(a - b) <= 1e-6f);
    }

    [Fact]
    public void A_second_moment_above_zero_never_becomes_zero()
    {
        using var scope = NewDisposeScope();
        using var codes = new BlockwiseCodes(256, isSigned: false, CPU);
        var numbers = zeros([256]);
        numbers[0] = 1;
        numbers[1] = 1e-12f;

        codes.Write(0, numbers);

        Assert.Equal([1f, 3.25e-7f, 0f], codes.Read(0, 3).data<float>().ToArray(), (a, b) => Math.Abs(a - b) <= 1e-9f);
    }

    [Fact]
    public void Eight_bit_moments_take_two_bytes_a_weight_and_scales()
    {
        using var scope = NewDisposeScope();
        using var eight = new Walk(OptimizerType.AdamW8Bit, 1024, 300);
        using var factored = new Walk(OptimizerType.Adafactor, 1024, 300);

        Assert.Equal(2 * 1024 * 300 + 2 * 4 * 1200, eight.StateBytes);
        Assert.Equal(4 * (1024 + 300), factored.StateBytes);
    }

    [Fact]
    public void A_weight_of_several_pieces_moves_as_a_whole()
    {
        using var scope = NewDisposeScope();
        using var matrix = new Walk(OptimizerType.AdamW8Bit, 2500, 1000); // more than two pieces of a Mi
        _ = matrix.NextGradient();

        matrix.Step();

        Assert.True(matrix.Moved.Chunk(1 << 20).All(piece => piece.Average() > 0.9 * Rate), "all pieces must move");
    }

    [Theory]
    [InlineData(OptimizerType.AdamW8Bit, 0.02)]
    [InlineData(OptimizerType.Adafactor, 0.25)]
    public void A_model_learns_as_with_AdamW(OptimizerType type, double tolerance)
    {
        var (reference, other) = (Losses(OptimizerType.AdamW), Losses(type));

        Assert.True(reference[^1] < reference[0] - 1, "the reference must learn something");
        Assert.All(reference.Zip(other), pair => Assert.InRange(pair.Second, pair.First - tolerance, pair.First + tolerance));
    }

    /// <summary>Full training of a tiny model whose shards hold few different tokens, so that there is something to learn.</summary>
    private static List<double> Losses(OptimizerType type)
    {
        var plan = new TrainingPlan(30, 3, 3e-3, ScheduleType.Cosine, 0.01, 1, 512, 64, 8, 1000, 1000, Precision.Float32, Recompute: false);
        using var model = ModelFolder.Load(TinyBase.Create(), ScalarType.Float32, trains: true, CPU);
        var trainee = new Trainee(model, null);
        using var optimizer = trainee.NewOptimizer(plan.WeightDecay, type: type);
        var losses = new LossList();
        var data = new TokenSplit([TokenShards.Random(sequences: 40, longest: 60, vocabulary: 9, seed: 5)]);
        var order = new DataOrder(data.Lengths, plan.RowTokens, plan.RowsPerStep, seed: 11);
        new TrainingLoop(new NextTokenObjective(trainee, plan), optimizer, plan, seed: 11, order, data, validation: null, losses).Run(0, CancellationToken.None);
        return losses.Seen;
    }

    /// <summary>Scales a move down so that its root mean square is at most 1.</summary>
    private static double[] Clipped(double[] move)
    {
        var size = Math.Sqrt(move.Average(value => value * value));
        return [.. move.Select(value => value / Math.Max(1, size))];
    }

    /// <summary>To the nearest value of a map times the block's largest, block by block of 256.</summary>
    private static double[] Rounded(double[] numbers, IReadOnlyList<float> map) => [.. numbers.Chunk(256).SelectMany(block =>
    {
        var largest = block.Max(Math.Abs);
        return block.Select(number => largest * map.MinBy(value => Math.Abs(value - number / largest) + (number > 0 && value == 0 && map[0] == 0 ? 2 : 0)));
    })];

    private sealed class LossList : ITrainingChores
    {
        public List<double> Seen { get; } = [];

        public void Report(StepMetrics metrics) => Seen.Add(metrics.Loss!.Value);

        public void SaveCheckpoint(int stepsDone)
        {
        }
    }

    /// <summary>A weight on its way under random gradients, and the way it should take.</summary>
    private sealed class Walk : IDisposable
    {
        private readonly Random random = new(7);
        private readonly Parameter weight;
        private readonly Optimizer optimizer;
        private readonly float[] start;
        private double[] expected;

        public Walk(OptimizerType type, params long[] shape)
        {
            manual_seed(1);
            weight = new Parameter(randn(shape));
            start = [.. weight.data<float>()];
            expected = [.. start.Select(value => (double)value)];
            optimizer = new Optimizer([("w", weight)], type, Decay, decaysAll: true);
        }

        public long StateBytes => optimizer.State.Sum(item => item.Tensor.numel() * item.Tensor.element_size());

        public IEnumerable<double> Moved => weight.data<float>().ToArray().Zip(start, (now, then) => (double)Math.Abs(now - then));

        /// <summary>Some elements a thousand times smaller than others.</summary>
        public double[] NextGradient()
        {
            float[] slopes = [.. start.Select((_, i) => (float)((random.NextDouble() - 0.5) * Math.Pow(10, -(i % 4))))];
            weight.grad = tensor(slopes, dtype: ScalarType.Float32).view(weight.shape);
            return [.. slopes.Select(slope => (double)slope)];
        }

        public void Step() => optimizer.Step(Rate);

        public void Expect(double[] move)
        {
            expected = [.. expected.Zip(move, (value, by) => value * (1 - Rate * Decay) - Rate * by)];
            Step();
        }

        public void AssertClose(double tolerance, double share = 1)
        {
            var close = weight.data<float>().ToArray().Zip(expected, (got, wanted) => Math.Abs(got - wanted) <= tolerance ? 1.0 : 0).Average();
            Assert.True(close >= share, $"only {close:P2} of the weights are where they should be");
        }

        public void Dispose()
        {
            optimizer.Dispose();
            weight.Dispose();
        }
    }
}
