using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Reporting;

namespace ServerlessTuning.Trainer.Tests.Reporting;

/// <summary>What losses tell of, and what they do not.</summary>
public sealed class TrainingWatchTests
{
    [Fact]
    public void Validation_that_rises_twice_while_training_falls_is_overfitting_and_is_said_once()
    {
        var watch = Watch(training: [3, 2, 1.5, 1, 0.7, 0.5], validation: [3, 2.5, 2.2, 2.3, 2.5, 2.9]);

        var notice = Assert.Single(watch.Notices);
        Assert.Equal((NoticeKind.Overfitting, 50), (notice.Kind, notice.Step));
        Assert.Contains("rose from 2.200 at step 30 to 2.500 at step 50", notice.Message, StringComparison.Ordinal);
        Assert.Contains("fell from 1.500 to 0.700", notice.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Losses_that_do_not_fall_are_underfitting() =>
        Assert.Equal(NoticeKind.Underfitting, Assert.Single(Watch([4, 4.01, 3.99, 4], [4, 4.01, 4, 3.99]).Notices).Kind);

    [Theory]
    [InlineData(new[] { 3.0, 2, 1.8, 1.7 }, new[] { 3.0, 2.2, 2.1, 2.05 })] // learns
    [InlineData(new[] { 3.0, 2, 1.8, 1.7 }, new[] { 3.0, 2.2, 2.21, 2.205 })] // rests: a hundredth is noise
    [InlineData(new[] { 3.0, 2, 1.8, 1.85 }, new[] { 3.0, 2.2, 2.3, 2.1 })] // wavers
    public void A_run_that_learns_is_left_in_peace(double[] training, double[] validation) => Assert.Empty(Watch(training, validation).Notices);

    [Fact]
    public void A_loss_far_above_those_before_it_is_a_spike()
    {
        var watch = new TrainingWatch();
        for (var step = 1; step <= 60; step++)
        {
            watch.See(Line(step, step == 50 ? 9 : 2 + 0.1 * Math.Sin(step)));
        }

        var notice = Assert.Single(watch.Notices);
        Assert.Equal((NoticeKind.LossSpike, 50), (notice.Kind, notice.Step));
    }

    [Fact]
    public void A_log_that_is_continued_tells_the_same()
    {
        var (whole, first) = (new MetricsLog(), new MetricsLog());
        StepMetrics[] lines = [.. Lines([3, 2, 1.5, 1, 0.7, 0.5], [3, 2.5, 2.2, 2.3, 2.5, 2.9])];
        Array.ForEach(lines, whole.Add);
        Array.ForEach(lines[..40], first.Add);

        var second = new MetricsLog();
        second.Continue(first.ToUtf8(), upToStep: 30);
        Array.ForEach([.. lines.Where(line => line.Step > 30)], second.Add);

        Assert.Equal(whole.Watch.Notices, second.Watch.Notices);
    }

    /// <summary>Ten steps at each training loss, then a validation.</summary>
    private static TrainingWatch Watch(double[] training, double[] validation)
    {
        var watch = new TrainingWatch();
        foreach (var line in Lines(training, validation))
        {
            watch.See(line);
        }

        return watch;
    }

    private static IEnumerable<StepMetrics> Lines(double[] training, double[] validation) => training.Zip(validation).Index().SelectMany(item =>
        Enumerable.Range(item.Index * 10 + 1, 10).Select(step => Line(step, item.Item.First)).Append(Line(item.Index * 10 + 10, null, item.Item.Second)));

    private static StepMetrics Line(int step, double? loss, double? validation = null) => new(step, loss, null, null, null, null, null, validation);
}
