using System.Text;
using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Reporting;
using ServerlessTuning.Trainer.Stages;

namespace ServerlessTuning.Trainer.Tests.Reporting;

public sealed class ReportingTests
{
    [Fact]
    public void Metrics_after_the_checkpoint_that_training_goes_on_from_are_replaced_never_doubled()
    {
        var first = new MetricsLog();
        for (var step = 1; step <= 5; step++)
        {
            first.Add(new(step, step, 0, 0, 1, 1, 1));
        }

        var cut = first.ToUtf8().AsSpan(0, first.ToUtf8().Length - 5); // killed while it wrote
        var second = new MetricsLog();
        second.Continue(cut, upToStep: 3);
        second.Add(new(4, 4, 0, 0, 1, 1, 1));

        Assert.Equal(4, second.Lines);
        Assert.Equal(["{\"step\":1,", "{\"step\":2,", "{\"step\":3,", "{\"step\":4,"],
            Encoding.UTF8.GetString(second.ToUtf8()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line[..10]));
    }

    [Fact]
    public void The_table_has_a_row_a_step_with_the_validation_beside_it_and_goes_on_where_an_earlier_attempt_was()
    {
        var first = new MetricsLog();
        first.Add(new(1, 2.5, 0, 0, 1, 1, 1, TrainAccuracy: 0.25));
        first.Add(new(2, 2, 0, 0, 1, 1, 1, TrainAccuracy: 1.0 / 3));
        first.Add(new(2, null, null, null, null, null, null, 2.125, 0.5));
        first.Add(new(3, 9, 0, 0, 1, 1, 1));
        var second = new MetricsLog();
        second.Continue(first.ToUtf8(), upToStep: 2);
        second.Add(new(3, 1.75, 0, 0, 1, 1, 1, TrainAccuracy: 1));

        Assert.Equal("""
            step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy
            1,2.5,0.25,,
            2,2,0.333333,2.125,0.5
            3,1.75,1,,

            """, Encoding.UTF8.GetString(second.ToTable()), ignoreLineEndingDifferences: true);
    }

    [Fact]
    public void Speed_and_time_left_come_from_the_last_steps_not_from_the_whole_run()
    {
        var clock = new HandClock();
        var progress = new Progress(clock, Stage.Train);
        progress.Begin(Stage.Train, 0, 100);
        for (var step = 1; step <= 10; step++)
        {
            clock.Seconds += 60; // the slow beginning
            progress.Advance(step, 2, 1000);
        }

        for (var step = 11; step <= 40; step++)
        {
            clock.Seconds += 1;
            progress.Advance(step, 1.5, 1000);
        }

        var now = progress.Now();
        Assert.Equal((40, 100, 1.5), (now.Step, now.TotalSteps, now.Loss));
        Assert.Equal(1000, now.TokensPerSecond!.Value, 3);
        Assert.Equal(60, now.SecondsLeft!.Value, 3);
    }

    [Fact]
    public void The_log_keeps_its_end_when_it_grows_long()
    {
        var log = new RunLog(TextWriter.Null, TimeProvider.System);
        for (var i = 0; i < 1500; i++)
        {
            log.Say(new string('x', 1000));
        }

        log.Say("the last word");

        Assert.InRange(log.ToUtf8().Length, 400_000, 1_100_000);
        Assert.EndsWith("the last word\n", Encoding.UTF8.GetString(log.ToUtf8()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("CUDA out of memory. Tried to allocate 2.00 GiB", ExitCodes.OutOfMemory)]
    [InlineData("[enforce fail at alloc_cpu.cpp:66] . DefaultCPUAllocator: not enough memory: you tried to allocate 99 bytes.", ExitCodes.OutOfMemory)]
    [InlineData("something else", ExitCodes.Failed)]
    public void Out_of_memory_is_told_from_other_failures_by_its_text(string message, int expected) =>
        Assert.Equal(expected, TrainerFailures.ExitCode(new AggregateException(new InvalidOperationException("outer", new ExternalFailure(message)))));

    [Fact]
    public void An_error_is_cut_to_8_KB_for_the_storage()
    {
        var error = TrainerFailures.Error(new RequestException(new string('é', 10_000)));

        Assert.InRange(Encoding.UTF8.GetByteCount(error), 8000, 8192);
        Assert.Equal(ExitCodes.RequestAtFault, TrainerFailures.ExitCode(new RequestException("x")));
    }

    private sealed class ExternalFailure(string message) : Exception(message);

    private sealed class HandClock : TimeProvider
    {
        public double Seconds { get; set; } = 1000;

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => (long)(Seconds * 1000);
    }
}
