using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Activities;
using ServerlessTuning.Functions.Compute;
using ServerlessTuning.Functions.Orchestrators;
using ServerlessTuning.Testing.Azure;

namespace ServerlessTuning.Functions.Tests.Compute;

/// <summary>The table of docs/operations.md, "Failures, and what follows": every kind has its policy, its end, and words that say what to do.</summary>
public sealed class FailureWordsTests(AzureCompute compute) : IClassFixture<AzureCompute>, IAsyncLifetime
{
    /// <summary>By what a trainer or its machine says each time: how the run ends, after how many attempts, and with which words.</summary>
    private static readonly (int? ExitCode, string Error, Outcome Outcome, int Attempts, string[] Words)[] Verdicts =
    [
        (ExitCodes.RequestAtFault, "method.targetModules: found q_prj, expected q_proj.", Outcome.Rejected, 1, ["expected q_proj"]),
        (ExitCodes.OutOfMemory, "CUDA out of memory.", Outcome.Rejected, 3, ["CUDA out of memory", "shorter contextLength", "a larger machine"]), // 4 rows, 2, 1
        (ExitCodes.Interrupted, "SIGTERM", Outcome.EvictedTooOften, 11, ["SIGTERM", "Tuning:Azure:Spot=false", "Tuning:Azure:Places"]),
        (null, "no heartbeat for 200 s", Outcome.EvictedTooOften, 11, ["no heartbeat", "Tuning:Azure:Spot=false"]),
        (ExitCodes.NoDriver, "The GPU driver did not come up. Does Tuning:Azure:MachineImage bring it?", Outcome.Failed, 3, ["MachineImage", "attempts/"]),
        (ExitCodes.NoImage, "The image could not be pulled. Is it in the registry?", Outcome.Failed, 3, ["Is it in the registry?", "attempts/"]),
        (ExitCodes.Failed, "a kernel failed", Outcome.Failed, 3, ["a kernel failed", "attempts/"]),
    ];

    /// <summary>By what Azure answers each time it is asked for a machine: what follows, and the words.</summary>
    private static readonly (FailureKind Kind, FakeError Error, FailurePolicy Policy, string[] Words)[] Answers =
    [
        (FailureKind.Capacity, FakeError.NoCapacity, FailurePolicy.Later, ["no Standard_NC4as_T4_v3 spot in swedencentral free", "Tuning:Azure:Places"]),
        (FailureKind.Quota, FakeError.NoQuota, FailurePolicy.Later, ["Ask for more at Azure portal > Quotas", "Spot vCPUs"]),
        (FailureKind.Policy, new(403, "RequestDisallowedByPolicy", "Resource was disallowed by policy 'no-gpus'."), FailurePolicy.GiveUp, ["no-gpus", "Ask for an exemption"]),
        (FailureKind.Rights, FakeError.Forbidden, FailurePolicy.GiveUp, ["azd provision", "Trainer operator"]),
        (FailureKind.Setting, new(400, "InvalidParameter", "Subnet 'trainers' was not found."), FailurePolicy.GiveUp, ["Subnet 'trainers'", "Correct it under Tuning:Azure"]),
        (FailureKind.Machine, FakeError.NotUp, FailurePolicy.Later, ["OSProvisioningTimedOut", "MachineImage"]),
        (FailureKind.Network, FakeError.Broken, FailurePolicy.Later, ["503 ServiceUnavailable", "Start the run again"]),
    ];

    public static TheoryData<int> EveryVerdict => [.. Enumerable.Range(0, Verdicts.Length)];

    public static TheoryData<FailureKind> EveryKind => [.. Enum.GetValues<FailureKind>()];

    private FakeResourceManager Azure { get; } = new();

    public Task InitializeAsync() => compute.Forget();

    public async Task DisposeAsync() => await Azure.DisposeAsync();

    [Theory]
    [MemberData(nameof(EveryVerdict))]
    public void A_trainer_that_always_ends_alike_ends_its_run_as_declared_and_says_what_to_do(int row)
    {
        var (exitCode, error, outcome, attempts, words) = Verdicts[row];
        var verdict = new TrainerCheck(exitCode is null ? TrainerState.Lost : TrainerState.Done, null, exitCode, error);

        RunResult? ended = null;
        var tally = new AttemptTally(MicroBatchRows: 4);
        for (var next = tally; ended is null; (next, ended) = next.After(verdict))
        {
            tally = next;
        }

        Assert.Equal((outcome, attempts), (ended.Outcome, tally.Attempt));
        Assert.All(words, word => Assert.Contains(word, ended.Reason));
    }

    [Theory]
    [MemberData(nameof(EveryKind))]
    public async Task Whatever_Azure_answers_the_run_is_told_what_to_do(FailureKind kind)
    {
        var (_, error, policy, words) = Answers.Single(answer => answer.Kind == kind);
        Azure.Faults.Refuse = request => request.Method == "PUT" && !error.WasAllocated ? error : null;
        Azure.Faults.FailLate = _ => error.WasAllocated ? error : null;
        var run = await compute.Ordered();

        var failure = await Record.ExceptionAsync(() => compute.Trainers(Azure).StartAsync(run, 1, default));

        Assert.Equal(policy, MachineFailures.Policy(kind) == FailurePolicy.Elsewhere ? FailurePolicy.Later : MachineFailures.Policy(kind)); // everywhere else was refused, too
        Assert.Equal(kind == FailureKind.Network ? null : policy, (failure as NoMachineException)?.Policy);
        Assert.All(words, word => Assert.Contains(word, failure!.Message));
        Assert.Empty(Azure.Machines);
    }

    [Fact]
    public void What_cannot_be_had_is_asked_for_six_times_and_what_never_will_be_once()
    {
        Assert.Equal(AttemptTally.MostRefusals, Asked(TimeSpan.FromMinutes(10)));
        Assert.Equal(1, Asked(null));

        static int Asked(TimeSpan? tryAgain)
        {
            var (tally, times) = (new AttemptTally(4), 1);
            while (tally.After(new(TrainerState.Refused, Error: "none", TryAgain: tryAgain)) is { Ended: null } next)
            {
                (tally, times) = (next.Next, times + 1);
            }

            return times;
        }
    }
}
