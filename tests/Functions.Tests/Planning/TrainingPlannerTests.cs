using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Planning;
using ServerlessTuning.Functions.Registry;

namespace ServerlessTuning.Functions.Tests.Planning;

public sealed class TrainingPlannerTests
{
    private static readonly TuningRequest Nothing = new("verses", "tiny", "bard");
    private static readonly DatasetReport Mixed = Data(1000, 200_000) with
    {
        Train = new(1000, 200_000, 200_000, [], Sources: [new("verses.jsonl", 800, 180_000), new("chat.jsonl", 200, 20_000)]),
    };

    private static readonly BaseFacts Tiny = new("tiny", "f", 3_000_000, 512, true, ["q_proj", "v_proj", "up_proj"]);

    [Fact]
    public void A_request_without_wishes_gets_a_whole_plan_with_a_reason_for_each_value()
    {
        var plan = Plan(Nothing);

        Assert.Equal(("tiny", "bard", TuningTask.Supervised, 42), (plan.Base, plan.Model, plan.Task, plan.Seed));
        Assert.Equal((16, 32.0, 0.0), (plan.Lora!.Rank, plan.Lora.Alpha, plan.Lora.Dropout));
        Assert.Equal(Tiny.LinearLayers, plan.Lora.TargetModules);
        Assert.Equal((512, Precision.Float32, false, 0.0, 1.0), (plan.Training.ContextLength, plan.Training.Precision, plan.Training.Recompute, plan.Training.WeightDecay, plan.Training.MaxGradNorm));
        Assert.All(plan.Reasons, reason => Assert.False(string.IsNullOrWhiteSpace(reason.Reason) || string.IsNullOrWhiteSpace(reason.Value)));
        Assert.Contains(plan.Reasons, reason => reason is { Name: "learningRate", Value: "0.0027" });
    }

    [Fact]
    public void Steps_follow_from_tokens_epochs_and_batch()
    {
        var training = Plan(Nothing, examples: 2000, tokens: 200_000).Training;

        Assert.Equal(2048, training.BatchTokens); // 3 epochs of 200,000 tokens in about 300 steps, in whole rows of 512
        Assert.Equal(293, training.TotalSteps);
        Assert.Equal(15, training.WarmupSteps);
        Assert.Equal((29, 29, 4), (training.EvaluateEverySteps, training.CheckpointEverySteps, training.MicroBatchRows));
    }

    [Fact]
    public void What_was_asked_for_is_what_is_planned()
    {
        var asked = Nothing with
        {
            Method = new(Rank: 4, Alpha: 4, Dropout: 0.1, TargetModules: ["q_proj"]),
            Hyperparameters = new(MaxSteps: 7, LearningRate: 0.5, BatchTokens: 1024, MicroBatchRows: 1, WarmupRatio: 0, WeightDecay: 0.3, MaxGradNorm: 2,
                Schedule: ScheduleType.Constant, EvaluateEverySteps: 5, CheckpointEverySteps: 6),
        };

        var plan = Plan(asked);

        Assert.Equal((4, 4.0, 0.1), (plan.Lora!.Rank, plan.Lora.Alpha, plan.Lora.Dropout));
        Assert.Equal(new TrainingPlan(7, 0, 0.5, ScheduleType.Constant, 0.3, 2, 1024, 512, 1, 5, 6, Precision.Float32, false), plan.Training);
        Assert.Contains(plan.Reasons, reason => reason is { Name: "learningRate", Reason: "as asked for" });
    }

    [Fact]
    public void A_dataset_of_which_nothing_is_held_out_is_refused_before_anything_trains()
    {
        var planned = TrainingPlanner.Plan(Nothing, Tiny, Data(2000, 200_000) with { Test = SplitReport.Empty });

        var problem = Assert.Single(planned.Problems);
        Assert.Equal(("split", "no held-out example"), (problem.Field, problem.Found));
    }

    [Fact]
    public void Warmup_stable_decay_falls_in_the_last_fifth_and_an_optimizer_is_taken_as_asked_for()
    {
        var asked = Nothing with { Hyperparameters = new(MaxSteps: 200, Schedule: ScheduleType.WarmupStableDecay, Optimizer: OptimizerType.AdamW8Bit) };

        var plan = Plan(asked);

        Assert.Equal((ScheduleType.WarmupStableDecay, 10, 40, OptimizerType.AdamW8Bit), (plan.Training.Schedule, plan.Training.WarmupSteps, plan.Training.DecaySteps, plan.Training.Optimizer));
        Assert.Contains(plan.Reasons, reason => reason is { Name: "optimizer", Value: "adamw_8bit", Reason: "as asked for" });
        Assert.Equal("optimizer adamw", Plan(Nothing).Reasons.Where(reason => reason.Name == "optimizer").Select(reason => $"{reason.Name} {reason.Value}").Single());
    }

    [Fact]
    public void A_share_of_decline_needs_the_schedule_that_has_one()
    {
        var planned = TrainingPlanner.Plan(Nothing with { Hyperparameters = new(DecayRatio: 0.5) }, Tiny, Data(2000, 200_000));

        Assert.Equal("hyperparameters.decayRatio", Assert.Single(planned.Problems).Field);
    }

    [Fact]
    public void Hidden_states_are_dropped_as_the_base_says_unless_asked_otherwise_and_never_where_probabilities_are_compared()
    {
        var dropping = Tiny with { Dropout = 0.1 };
        var asked = Nothing with { Hyperparameters = new(Dropout: 0.3) };

        Assert.Equal((0.1, 0.0, 0.3), (Plan(Nothing, dropping).Training.Dropout, Plan(Nothing).Training.Dropout, Plan(asked, dropping).Training.Dropout));
        var refused = TrainingPlanner.Plan(asked with { Task = TuningTask.Preference }, dropping, Data(100, 1000) with { Task = TuningTask.Preference }, null);
        Assert.Contains(refused.Problems, problem => problem.Field == "hyperparameters.dropout");
    }

    [Fact]
    public void Shares_of_the_tokens_become_repeats_of_a_files_examples_and_an_epoch_stays_as_long()
    {
        var plan = TrainingPlanner.Plan(Nothing with { Mixture = new Dictionary<string, double> { ["chat.jsonl"] = 3, ["verses.jsonl"] = 1 } }, Tiny, Mixed, null).Plan!;

        Assert.Equal([new("verses.jsonl", 800, 0.25 * 200_000 / 180_000), new("chat.jsonl", 200, 0.75 * 200_000 / 20_000)], plan.Training.Mixture);
        Assert.Contains(plan.Reasons, reason => reason is { Name: "mixture chat.jsonl", Value: "75.0 %" } && reason.Reason.Contains("7.5 times, which wears them out", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("chat.jsonl", 1, "chats.jsonl", 1, "\"chats.jsonl\"")]
    [InlineData("chat.jsonl", 1, "chat.jsonl", 1, "no share for \"verses.jsonl\"")]
    [InlineData("chat.jsonl", 0, "verses.jsonl", 0, "shares of 0 only")]
    public void A_mixture_that_does_not_fit_the_files_is_refused(string one, double share, string other, double itsShare, string found)
    {
        var asked = Nothing with { Mixture = new Dictionary<string, double> { [one] = share, [other] = itsShare } };

        var problem = Assert.Single(TrainingPlanner.Plan(asked, Tiny, Mixed, null).Problems);

        Assert.Equal(("mixture", found), (problem.Field, problem.Found));
    }

    [Fact]
    public void What_one_row_needs_is_told_in_gibibytes()
    {
        var plan = Plan(Nothing with { Method = new(MethodType.Full) }, Tiny with { Parameters = 1_000_000_000 });

        // 16 bytes a weight and 2 more for its copy in bfloat16; 512 tokens x √10⁹ x 8 bytes, computed again.
        Assert.Equal("By arithmetic weights, gradients and optimizer take 16.8 GiB, the activations of one row of 512 tokens 0.1 GiB, libraries 2 GiB.", MachineNeed.OneRow(plan));
    }

    [Fact]
    public void Optimizers_with_less_memory_need_smaller_machines()
    {
        double[] needs = [.. Enum.GetValues<OptimizerType>().Select(type => Plan(Nothing with { Method = new(MethodType.Full), Hyperparameters = new(Optimizer: type) }, Tiny with { Parameters = 1_000_000_000 }).Machine!.GpuMemoryGiB)];

        Assert.Equal(6 * 1.2 * 1e9 / (1 << 30), needs[0] - needs[1], 0.2); // two moments in 2 bytes instead of 8
        Assert.Equal(8 * 1.2 * 1e9 / (1 << 30), needs[0] - needs[2], 0.2);
    }

    [Fact]
    public void An_adapters_kind_is_planned_as_it_was_asked_for_and_a_four_bit_base_is_computed_layer_by_layer()
    {
        var plan = Plan(Nothing with { Method = new(MethodType.Qlora, UseRslora: true, UseDora: true, LoraPlusRatio: 16) });

        Assert.Equal((true, true, true, 16.0), (plan.Lora!.QuantizedBase, plan.Lora.RankStabilized, plan.Lora.Decomposed, plan.Lora.LoraPlusRatio));
        Assert.True(plan.Training.Recompute);
        Assert.Contains(plan.Reasons, reason => reason is { Name: "recompute" } && reason.Reason.Contains("four bits", StringComparison.Ordinal));
        Assert.Contains(plan.Reasons, reason => reason is { Name: "useDora", Value: "true" });
    }

    [Theory]
    [InlineData(1_000_000, "lora", 0.0038)]
    [InlineData(100_000_000, "lora", 0.00082)]
    [InlineData(7_000_000_000, "lora", 0.0002)]
    [InlineData(70_000_000_000, "lora", 0.0001)]
    [InlineData(7_000_000_000, "full", 0.00002)]
    public void Rates_fall_with_size_and_full_tuning_takes_a_tenth(long parameters, string method, double expected)
    {
        var asked = Nothing with { Method = new(method == "full" ? MethodType.Full : MethodType.Lora) };

        Assert.Equal(expected, Plan(asked, Tiny with { Parameters = parameters }).Training.LearningRate, 1e-9);
    }

    [Fact]
    public void A_large_model_trains_in_bfloat16_and_computes_activations_again()
    {
        var training = Plan(Nothing, Tiny with { Parameters = 3_000_000_000 }).Training;

        Assert.Equal((Precision.Bfloat16, true), (training.Precision, training.Recompute));
    }

    [Fact]
    public void A_base_without_weights_is_pretrained_whole()
    {
        var plan = Plan(Nothing with { Task = TuningTask.Pretraining }, Tiny with { HasWeights = false });

        Assert.True(plan.FromScratch);
        Assert.Null(plan.Lora);
    }

    [Fact]
    public void A_base_without_weights_cannot_be_tuned_on_answers()
    {
        var problem = Assert.Single(TrainingPlanner.Plan(Nothing, Tiny with { HasWeights = false }, Data(100, 1000)).Problems);

        Assert.Equal("base", problem.Field);
        Assert.Contains("pretraining", problem.Fix);
    }

    [Fact]
    public void A_layer_that_the_base_does_not_have_is_named_with_the_nearest_one()
    {
        var problem = Assert.Single(TrainingPlanner.Plan(Nothing with { Method = new(TargetModules: ["q_prj"]) }, Tiny, Data(100, 1000)).Problems);

        Assert.Equal(("method.targetModules", "Did you mean \"q_proj\"?"), (problem.Field, problem.Fix));
    }

    [Fact]
    public void A_principal_start_and_chosen_layers_are_planned_with_their_consequence()
    {
        var plan = Plan(Nothing with { Method = new(Rank: 8, Init: AdapterInit.Pissa, Layers: "last:2") }, Tiny with { Layers = 6 });

        Assert.Equal((AdapterInit.Pissa, "4,5"), (plan.Lora!.Init, string.Join(",", plan.Lora.Layers!)));
        Assert.Contains(plan.Reasons, reason => reason is { Name: "init" } && reason.Reason.Contains("rank 16", StringComparison.Ordinal));
    }

    [Fact]
    public void An_expression_stands_alone_and_is_left_to_the_trainer_to_match() =>
        Assert.Equal([".*\\.q_proj"], Plan(Nothing with { Method = new(TargetModules: [".*\\.q_proj"]) }).Lora!.TargetModules);

    [Theory]
    [InlineData("(q_proj", null, MethodType.Lora, "method.targetModules", "no regular expression")]
    [InlineData(".*q_proj", "last:2", MethodType.Lora, "method.targetModules", "beside other names or layers")]
    [InlineData("q_proj", "last:7", MethodType.Lora, "method.layers", "last:7")]
    [InlineData("q_proj", null, MethodType.Qlora, "method.init", "four bits")]
    public void A_wish_for_an_adapter_that_cannot_be_is_named(string target, string? layers, MethodType type, string field, string found)
    {
        var asked = Nothing with { Method = new(type, TargetModules: [target], Layers: layers, Init: type == MethodType.Qlora ? AdapterInit.Pissa : AdapterInit.Default) };

        var problem = Assert.Single(TrainingPlanner.Plan(asked, Tiny with { Layers = 6 }, Data(100, 1000)).Problems);

        Assert.Equal(field, problem.Field);
        Assert.Contains(found, problem.Found, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2.0, 1.9, 0.01, true)]
    [InlineData(2.0, 1.98, 0.01, true)]
    [InlineData(2.0, 1.99, 0.01, false)]
    [InlineData(2.0, 2.5, -0.5, true)]
    [InlineData(2.0, double.NaN, -1, false)]
    public void The_gate_asks_for_its_margin(double before, double after, double margin, bool passes)
    {
        var scores = new Evaluated(new(before, 1, null, 0), new(after, 1, null, 0), margin);

        Assert.Equal(passes, Gate.Objection(scores) is null);
    }

    [Fact]
    public void The_gate_says_both_losses_and_the_margin() => Assert.StartsWith(
        "The held-out loss rose from 2.0000 to 2.1000 (-5.00% better), and the gate asks for at least 1%.", Gate.Objection(new(new(2, 1, null, 0), new(2.1, 1, null, 0), 0.01)));

    private static TuningPlan Plan(TuningRequest asked, BaseFacts? model = null, long examples = 2000, long tokens = 200_000) =>
        TrainingPlanner.Plan(asked, model ?? Tiny, Data(examples, tokens)).Plan!;

    private static DatasetReport Data(long examples, long tokens) =>
        new(true, "chat", TuningTask.Supervised, 512, new(examples, tokens, tokens / 2, ["a"]), SplitReport.Empty, new(100, 100, 50, ["b"]), 0, 0, 0, 0, []);
}
