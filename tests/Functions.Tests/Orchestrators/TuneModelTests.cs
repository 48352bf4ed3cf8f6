using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Activities;
using ServerlessTuning.Functions.Orchestrators;
using ServerlessTuning.Functions.Planning;
using ServerlessTuning.Functions.Registry;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Functions.Tests.Orchestrators;

public sealed class TuneModelTests
{
    private static readonly DatasetProblem Problem = new("train.jsonl", 37, null, "text that is not JSON", "one JSON object a line", "Correct the line.");
    private static readonly SplitReport Split = new(100, 1000, 500, ["train-0.safetensors"]);
    private static readonly DatasetReport Data = new(true, "chat", TuningTask.Supervised, 256, Split, Split, Split, 0, 0, 0, 0, []);

    [Fact]
    public async Task A_run_that_beats_the_base_goes_through_all_stages_and_publishes()
    {
        var run = Good();

        var result = await Tune(run);

        Assert.Equal((Outcome.Published, 3, "tiny/versions/3/"), (result.Outcome, result.Version, result.Path));
        Assert.Equal(["SettleFolder", "FreezeRequest", "InspectBase", "PlanTraining", "StartTrainer", "StopTrainer", "ReadEvaluation", "PublishModel", "RecordResult"], run.CalledActivities);
        Assert.Equal(["PrepareDataset", "WaitForTrainer"], run.CalledSubOrchestrations);
        Assert.Equal(["preparing", "planning", "starting", "gate", "publishing", "done"], run.CustomStatuses.Cast<RunStatus>().Select(status => status.Stage));
    }

    [Fact]
    public async Task A_restless_folder_is_looked_at_again_until_it_rests()
    {
        var run = Good(settle: [TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(3), TimeSpan.Zero]);

        await Tune(run);

        Assert.Equal(3, run.CalledActivities.Count(name => name == nameof(SettleFolder)));
        Assert.Equal(TimeSpan.FromSeconds(11), run.CurrentUtcDateTime - new DateTime(2026, 1, 1));
    }

    [Fact]
    public async Task A_rejected_dataset_names_its_problems_and_never_starts_a_trainer()
    {
        var run = Good(data: Data with { Usable = false, ProblemCount = 1, Problems = [Problem] });

        var result = await Tune(run);

        Assert.Equal(Outcome.Rejected, result.Outcome);
        Assert.Equal(37, Assert.Single(result.Problems!).Line);
        Assert.DoesNotContain(nameof(StartTrainer), run.CalledActivities);
        Assert.Equal(nameof(RecordResult), run.CalledActivities[^1]);
    }

    [Fact]
    public async Task A_bad_request_a_bad_base_and_an_impossible_plan_are_rejected_too()
    {
        Assert.Equal(Outcome.Rejected, (await Tune(Good(frozen: new(null, [Problem])))).Outcome);
        Assert.Equal(Outcome.Rejected, (await Tune(Good(inspected: new(null, [Problem])))).Outcome);
        Assert.Equal(Outcome.Rejected, (await Tune(Good(plan: new(0, 0, [Problem])))).Outcome);
    }

    [Fact]
    public async Task A_second_trigger_of_the_same_drop_names_the_run_that_does_the_work()
    {
        var run = Good(frozen: new("tiny", [], "tiny", SameAs: "verses-1"));

        var result = await Tune(run);

        Assert.Equal((Outcome.Cancelled, "verses-1"), (result.Outcome, result.SameAs));
        Assert.Empty(run.CalledSubOrchestrations);
    }

    [Fact]
    public async Task A_model_below_the_gate_is_not_published_and_the_result_has_both_scores()
    {
        var run = Good(scores: new(Score(2.0), Score(1.995), 0.01));

        var result = await Tune(run);

        Assert.Equal((Outcome.NotPublished, 2.0, 1.995), (result.Outcome, result.Base!.Loss, result.Tuned!.Loss));
        Assert.DoesNotContain(nameof(PublishModel), run.CalledActivities);
    }

    [Fact]
    public async Task A_lost_trainer_is_released_and_followed_by_another_attempt()
    {
        var run = Good(verdicts: [new(TrainerState.Lost, Error: "silence"), new(TrainerState.Done, ExitCode: ExitCodes.Interrupted), Trained]);

        var result = await Tune(run);

        Assert.Equal(Outcome.Published, result.Outcome);
        Assert.Equal([1, 2, 3], Starts(run).Select(start => start.Attempt));
        Assert.Equal(3, run.CalledActivities.Count(name => name == nameof(StopTrainer)));
        Assert.Equal(["run-1-wait-1", "run-1-wait-2", "run-1-wait-3"], run.Calls.Where(call => call.Name == nameof(WaitForTrainer)).Select(call => call.InstanceId));
    }

    [Fact]
    public async Task When_memory_runs_out_the_next_attempt_computes_half_the_rows()
    {
        var run = Good(verdicts: [new(TrainerState.Done, ExitCode: ExitCodes.OutOfMemory), new(TrainerState.Done, ExitCode: ExitCodes.OutOfMemory), Trained]);

        await Tune(run);

        Assert.Equal([4, 2, 1], Starts(run).Select(start => start.MicroBatchRows));
    }

    [Fact]
    public async Task When_memory_runs_out_with_one_row_the_request_is_at_fault_and_told_why()
    {
        var run = Good(verdicts: [.. Enumerable.Repeat(new TrainerCheck(TrainerState.Done, ExitCode: ExitCodes.OutOfMemory, Error: "CUDA out of memory."), 3)]);

        var result = await Tune(run);

        Assert.Equal([4, 2, 1], Starts(run).Select(start => start.MicroBatchRows));
        Assert.Equal(Outcome.Rejected, result.Outcome);
        Assert.Contains("CUDA out of memory. Weights take 7.2 GiB. Ask for", result.Reason);
    }

    [Fact]
    public async Task A_request_at_fault_is_not_tried_again()
    {
        var run = Good(verdicts: [new(TrainerState.Done, ExitCode: ExitCodes.RequestAtFault, Error: "q_prj: no such layer")]);

        var result = await Tune(run);

        Assert.Equal((Outcome.Rejected, "q_prj: no such layer"), (result.Outcome, result.Reason));
        Assert.Single(Starts(run));
    }

    [Fact]
    public async Task A_trainer_that_fails_three_times_fails_the_run_with_its_last_words_cut_to_8_KB()
    {
        var run = Good(verdicts: [new(TrainerState.Done, ExitCode: ExitCodes.Failed, Error: new string('x', 10_000))]);

        var result = await Tune(run);

        Assert.Equal(Outcome.Failed, result.Outcome);
        Assert.Equal(ErrorText.Longest, result.Reason!.Length);
        Assert.Equal(3, Starts(run).Count());
    }

    [Fact]
    public async Task A_trainer_that_is_always_taken_away_ends_as_evicted_too_often()
    {
        var run = Good(verdicts: [new(TrainerState.Lost, Error: "gone")]);

        var result = await Tune(run);

        Assert.Equal(Outcome.EvictedTooOften, result.Outcome);
        Assert.Equal(AttemptTally.MostEvictions + 1, Starts(run).Count());
    }

    [Fact]
    public async Task A_cancelled_run_ends_as_cancelled_with_the_reason()
    {
        var run = Good(settle: [TimeSpan.FromSeconds(10)]).Raises(Events.Cancel, new CancelRequest("wrong file"), after: TimeSpan.FromSeconds(3));

        var result = await Tune(run);

        Assert.Equal((Outcome.Cancelled, "Cancelled: wrong file"), (result.Outcome, result.Reason));
        Assert.DoesNotContain(nameof(FreezeRequest), run.CalledActivities);
    }

    [Fact]
    public async Task A_run_cancelled_between_two_attempts_starts_no_other_one()
    {
        var run = Good(verdicts: [new(TrainerState.Done, ExitCode: ExitCodes.Failed)]).Raises(Events.Cancel, new CancelRequest(), after: TimeSpan.FromSeconds(1));

        var result = await Tune(run);

        Assert.Equal(Outcome.Cancelled, result.Outcome);
        Assert.Single(Starts(run));
        Assert.Contains(nameof(StopTrainer), run.CalledActivities);
    }

    [Fact]
    public async Task The_trainer_is_released_when_looking_after_it_fails_and_the_run_says_why()
    {
        var run = Before(nameof(WaitForTrainer)).Fails(nameof(WaitForTrainer), new InvalidOperationException("storage is gone"));

        var result = await Tune(run);

        Assert.Equal(Outcome.Failed, result.Outcome);
        Assert.Contains("storage is gone", result.Reason);
        Assert.Equal([nameof(StartTrainer), nameof(StopTrainer), nameof(RecordResult)], run.CalledActivities.TakeLast(3));
    }

    private static TrainerCheck Trained => new(TrainerState.Done, ExitCode: ExitCodes.Done);

    private static ModelScore Score(double loss) => new(loss, Math.Exp(loss), null, 0.5);

    private static IEnumerable<StartInput> Starts(FakeOrchestrationContext run) => run.Calls.Where(call => call.Name == nameof(StartTrainer)).Select(call => (StartInput)call.Input!);

    private static Task<RunResult> Tune(FakeOrchestrationContext run) => run.Run(context => TuneModel.Run(context, new TuneInput("verses")));

    private static FakeOrchestrationContext Before(string omitted) => Good(omitted: omitted);

    private static FakeOrchestrationContext Good(
        TimeSpan[]? settle = null, Frozen? frozen = null, InspectedBase? inspected = null, DatasetReport? data = null, PlanSummary? plan = null,
        TrainerCheck[]? verdicts = null, Evaluated? scores = null, string? omitted = null)
    {
        var run = new FakeOrchestrationContext("run-1", name: nameof(TuneModel))
            .Returns(nameof(FreezeRequest), frozen ?? new("tiny", [], "tiny"))
            .Returns(nameof(InspectBase), inspected ?? new(new("tiny", "f", 1_000_000, 256, true, ["q_proj"]), []))
            .Returns(nameof(PrepareDataset), data ?? Data)
            .Returns(nameof(PlanTraining), plan ?? new(300, 4, [], OneRow: "Weights take 7.2 GiB."))
            .Answers<StartInput>(nameof(StartTrainer), start => new StartedTrainer(start.RunId, start.Attempt, TimeSpan.FromSeconds(15)))
            .Returns(nameof(StopTrainer))
            .Returns(nameof(ReadEvaluation), scores ?? new(Score(2.0), Score(1.0), 0.01))
            .Returns(nameof(PublishModel), new Publishing(3, "tiny/versions/3/"))
            .Returns(nameof(RecordResult));
        foreach (var restless in settle ?? [TimeSpan.Zero])
        {
            run.Returns(nameof(SettleFolder), restless);
        }

        foreach (var verdict in omitted == nameof(WaitForTrainer) ? [] : verdicts ?? [Trained])
        {
            run.Returns(nameof(WaitForTrainer), verdict);
        }

        return run;
    }
}
