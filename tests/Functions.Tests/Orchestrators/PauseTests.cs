using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Activities;
using ServerlessTuning.Functions.Orchestrators;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Functions.Tests.Orchestrators;

public sealed class PauseTests
{
    private static readonly TrainerCheck Trained = new(TrainerState.Done, ExitCode: ExitCodes.Done);
    private static readonly TrainerCheck Near = new(TrainerState.NearLimit, null, null, "The run has spent 9.10 of its 10.00 USD.", new Bill(9.1, 3, 4, 2.3, "USD"));

    [Fact]
    public async Task Near_its_budget_a_run_gives_its_machine_back_asks_and_goes_on_with_the_answer()
    {
        var run = Run(Near, Trained).Raises(Events.Resume, new ResumeRequest(MaxCost: 20), after: TimeSpan.FromHours(5));

        var ended = await Train(run);

        Assert.Null(ended);
        Assert.Equal([10.0, 20.0], Starts(run).Select(start => start.Budget!.MaxCost!.Value));
        Assert.Equal([1, 2], Starts(run).Select(start => start.Attempt));
        Assert.Equal([nameof(StartTrainer), nameof(StopTrainer), nameof(StartTrainer), nameof(StopTrainer)], run.CalledActivities);
        var question = run.CustomStatuses.Cast<RunStatus>().Single(status => status.Stage == "paused");
        Assert.Contains("9.10 of its 10.00 USD", question.Message);
        Assert.Contains("/runs/run-1/resume", question.Message);
        Assert.Equal(9.1, question.Bill!.Cost);
    }

    [Fact]
    public async Task An_answer_that_leaves_nothing_to_train_with_is_asked_again()
    {
        var run = Run(Near, Trained).Raises(Events.Resume, new ResumeRequest(), after: TimeSpan.FromHours(1)).Raises(Events.Resume, new ResumeRequest(MaxCost: 30), after: TimeSpan.FromHours(2));

        await Train(run);

        Assert.Equal([10.0, 30.0], Starts(run).Select(start => start.Budget!.MaxCost!.Value));
        Assert.Equal(2, run.CustomStatuses.Cast<RunStatus>().Count(status => status.Stage == "paused"));
    }

    [Fact]
    public async Task A_question_that_nobody_answers_ends_the_run_as_over_budget_after_a_month()
    {
        var ended = await Train(Run(Near));

        Assert.Equal(Outcome.OverBudget, ended!.Outcome);
        Assert.Contains("Its checkpoints are kept", ended.Reason);
    }

    [Fact]
    public async Task Without_a_machine_the_run_asks_again_later_and_ends_when_none_comes_within_an_hour()
    {
        var run = Run();
        run.Answers<StartInput>(nameof(StartTrainer), start => new StartedTrainer(start.RunId, start.Attempt, TimeSpan.FromSeconds(15), null, new("Azure has none free.", TimeSpan.FromMinutes(10))));

        var ended = await Train(run);

        Assert.Equal((Outcome.Failed, "Azure has none free."), (ended!.Outcome, ended.Reason));
        Assert.Equal(AttemptTally.MostRefusals, Starts(run).Count());
        Assert.Equal(TimeSpan.FromMinutes(50), run.CurrentUtcDateTime - new DateTime(2026, 1, 1));
    }

    [Fact]
    public async Task What_only_a_person_can_change_is_not_tried_again()
    {
        var run = Run();
        run.Answers<StartInput>(nameof(StartTrainer), start => new StartedTrainer(start.RunId, start.Attempt, TimeSpan.FromSeconds(15), null, new("The app's identity may not create machines.", null)));

        var ended = await Train(run);

        Assert.Equal(Outcome.Failed, ended!.Outcome);
        Assert.Single(Starts(run));
    }

    private static IEnumerable<StartInput> Starts(FakeOrchestrationContext run) => run.Calls.Where(call => call.Name == nameof(StartTrainer)).Select(call => (StartInput)call.Input!);

    private static Task<RunResult?> Train(FakeOrchestrationContext run) => run.Run(context => new TrainerAttempts(context, new Cancellation(context)).Train(new(100, 4, [], new(MaxCost: 10))));

    private static FakeOrchestrationContext Run(params TrainerCheck[] verdicts)
    {
        var run = new FakeOrchestrationContext("run-1", name: nameof(TuneModel)).Returns(nameof(StopTrainer));
        if (verdicts.Length > 0)
        {
            run.Answers<StartInput>(nameof(StartTrainer), start => new StartedTrainer(start.RunId, start.Attempt, TimeSpan.FromSeconds(15), start.Budget));
        }

        foreach (var verdict in verdicts)
        {
            run.Returns(nameof(WaitForTrainer), verdict);
        }

        return run;
    }
}
