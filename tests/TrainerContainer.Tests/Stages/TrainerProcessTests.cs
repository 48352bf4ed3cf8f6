using ServerlessTuning.Contracts;

namespace ServerlessTuning.Trainer.Tests.Stages;

public sealed class TrainerProcessTests
{
    [Fact]
    public async Task A_run_trains_to_its_last_step_and_says_done_last()
    {
        await using var run = await TinyRun.Create(TinyRun.Order() with { Stages = [Stage.Train] });

        var exit = await run.Run();

        Assert.True(exit == ExitCodes.Done, run.Output.ToString());
        Assert.Equal(new LatestCheckpoint(6, 1, "checkpoints/000006-e1/"), await run.Latest());
        Assert.Equal(new TrainerDone(1, ExitCodes.Done), await run.Done());
    }
}
