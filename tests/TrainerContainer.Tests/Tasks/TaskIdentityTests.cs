using ServerlessTuning.Contracts;
using ServerlessTuning.Testing;
using ServerlessTuning.Trainer.Checkpoints;
using ServerlessTuning.Trainer.Stages;
using ServerlessTuning.Trainer.Training;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Tests.Tasks;

/// <summary>What must hold of every objective: how a step is cut does not matter, and a run that was interrupted ends with the same bits.</summary>
public sealed class TaskIdentityTests
{
    public static TheoryData<string> Names => [.. PreparedTask.Names];

    /// <summary>In parts of one row, of three (the last part has two), and each example in a row of its own.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_step_is_the_same_however_it_is_cut_and_packed(string name)
    {
        var task = await PreparedTask.Of(name);
        var whole = Gradients(task, atOnce: 8);

        AssertSame(task, whole, Gradients(task, atOnce: 1));
        AssertSame(task, whole, Gradients(task, atOnce: 3));
        AssertSame(task, whole, Gradients(task, atOnce: 1, unpacked: true));
    }

    [Theory]
    [InlineData("supervised")]
    [InlineData("pretraining")]
    [InlineData("tags")]
    [InlineData("sequence to sequence")]
    public async Task No_supervised_token_is_lost_or_counted_twice_over_an_epoch(string name)
    {
        var task = await PreparedTask.Of(name);
        using var scope = NewDisposeScope();
        var context = task.Context(task.Order(lora: false, rows: 3, atOnce: 2));
        var (data, plan) = (context.Tokens(context.Order.Dataset.Train), context.Plan.Training);
        using var trainee = context.Models.NewTrainee();
        var objective = new RunObjectives(context).ForTraining(trainee, data, null);
        var order = TrainStage.Order(context.Order, data);
        var rows = Enumerable.Range(0, order.StepsPerEpoch).SelectMany(step => order.Rows(step)).Take(new DataOrder(data.Lengths, plan.RowTokens, 1, context.Plan.Seed).StepsPerEpoch);

        var learned = objective.Prepare(data, [.. rows], step: 0, default).Sum(batch => batch.SupervisedTokens);

        Assert.Equal(context.Order.Dataset.Train.SupervisedTokens, learned);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Eight_steps_are_four_and_a_resume_and_four(string name)
    {
        var task = await PreparedTask.Of(name);
        var folder = Path.Combine(Repository.NewFolder(), "000004");

        var straight = Train(task);
        Train(task, stopAfter: 4, saveTo: folder);
        var resumed = Train(task, resumeFrom: folder);

        Assert.Equal(straight.Keys, resumed.Keys);
        Assert.All(straight, item => Assert.True(item.Value.AsSpan().SequenceEqual(resumed[item.Key]), item.Key));
    }

    private static void AssertSame(PreparedTask task, (Dictionary<string, float[]> Gradients, double Loss) whole, (Dictionary<string, float[]> Gradients, double Loss) cut)
    {
        // A group's advantages cancel each other: what is left of a policy's loss is rounding.
        Assert.Equal(whole.Loss, cut.Loss, Math.Abs(whole.Loss) * 1e-6 + (task.Task == TuningTask.Reinforcement ? 1e-7 : 1e-9));
        foreach (var (parameter, gradient) in whole.Gradients)
        {
            var largest = gradient.Max(Math.Abs);
            // What softmax or a difference cancels has none.
            Assert.True(largest > 0 || parameter.Contains("key.bias", StringComparison.Ordinal) || (task.Task == TuningTask.Reward && parameter == "classifier.bias"), $"{parameter} has no gradient");
            var apart = gradient.Zip(cut.Gradients[parameter], (a, b) => Math.Abs(a - b)).Max();
            Assert.True(apart <= 1e-5 * largest + 2e-8, $"{parameter}: {apart} of {largest}");
        }
    }

    private static (Dictionary<string, float[]> Gradients, double Loss) Gradients(PreparedTask task, int atOnce, bool unpacked = false)
    {
        using var scope = NewDisposeScope();
        var context = task.Context(task.Order(lora: task.Task != TuningTask.SequenceToSequence, rows: 8, atOnce: atOnce));
        var data = context.Tokens(context.Order.Dataset.Train);
        using var trainee = context.Models.NewTrainee();
        var objective = new RunObjectives(context).ForTraining(trainee, data, null);
        Push(trainee);
        var plan = context.Plan.Training;
        var packed = new DataOrder(data.Lengths, plan.RowTokens, plan.RowsPerStep, 7).Rows(0);
        var rows = unpacked ? [.. packed.SelectMany(row => row).Select(example => new[] { example })] : packed;
        var batches = objective.Prepare(data, rows, step: 0, default);
        Assert.True(atOnce == 8 || batches.Count > 1);
        var totals = StepTotals.Of(batches);
        var score = batches.Aggregate(Score.None, (sum, batch) => sum + objective.Backward(batch, totals, 1));
        return (trainee.Parameters.ToDictionary(item => item.Name, item => item.Parameter.grad!.cpu().data<float>().ToArray()), score.Mean);
    }

    /// <summary>Away from the start, where policy and reference are one and half of an adapter has no gradient.</summary>
    private static void Push(Trainee trainee)
    {
        using var nothing = no_grad();
        foreach (var (name, parameter) in trainee.Parameters)
        {
            manual_seed(RandomSeeds.For(3, name));
            parameter.add_(randn(parameter.shape) * 0.02);
        }
    }

    private static Dictionary<string, byte[]> Train(PreparedTask task, int? stopAfter = null, string? saveTo = null, string? resumeFrom = null)
    {
        using var scope = NewDisposeScope();
        var context = task.Context(task.Order(steps: 8, dropout: 0.1));
        var plan = context.Plan.Training;
        var data = context.Tokens(context.Order.Dataset.Train);
        using var trainee = context.Models.NewTrainee();
        var objective = new RunObjectives(context).ForTraining(trainee, data, null);
        using var optimizer = trainee.NewOptimizer(plan.WeightDecay);
        var first = resumeFrom is null ? 0 : TrainingCheckpoint.Read(resumeFrom, trainee, optimizer);
        using var stop = new CancellationTokenSource();
        var chores = new Chores(done => { if (done == stopAfter) { stop.Cancel(); } }, done => { if (saveTo is not null) { TrainingCheckpoint.Write(saveTo, trainee, optimizer, done); } });
        new TrainingLoop(objective, optimizer, plan, 7, TrainStage.Order(context.Order, data), data, null, chores).Run(first, stop.Token);
        return trainee.Parameters.ToDictionary(item => item.Name, item => item.Parameter.detach().bytes.ToArray());
    }

    private sealed class Chores(Action<int> step, Action<int> save) : ITrainingChores
    {
        public void Report(StepMetrics metrics) => step(metrics.Step);

        public void SaveCheckpoint(int stepsDone) => save(stepsDone);
    }
}
