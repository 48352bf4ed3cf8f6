using System.Globalization;
using ServerlessTuning.Contracts;

namespace ServerlessTuning.Trainer.Reporting;

/// <summary>
/// Looks at the losses as they come in and says what they tell of, each thing once. It depends on the metrics alone, so a run that was interrupted says
/// the same as one that was not.
/// </summary>
public sealed class TrainingWatch
{
    /// <summary>Validations in a row that must be worse than the best.</summary>
    private const int Patience = 2;

    /// <summary>Less than this share up or down is noise.</summary>
    private const double Noise = 0.01;

    /// <summary>Validations before a run that does not learn is called that.</summary>
    private const int Trial = 4;

    private const int SpikeWindow = 30;
    private const double SpikeDeviations = 8;

    /// <summary>Steps in a row whose answers all have the same reward.</summary>
    private const int SameRewards = 5;

    private int sameRewards;
    private readonly List<TrainingNotice> notices = [];
    private readonly Queue<double> recent = new();
    private readonly List<double> sinceValidation = [];
    private readonly List<(int Step, double Validation, double Training)> validations = [];

    public IReadOnlyList<TrainingNotice> Notices => notices;

    public void See(StepMetrics metrics)
    {
        if (metrics.Details?.ContainsKey("reward") == true)
        {
            SeeReward(metrics);
            return; // a policy's loss says nothing of how well it does
        }

        if (metrics.Loss is { } loss)
        {
            SeeStep(metrics.Step, loss);
        }

        if (metrics.ValidationLoss is { } validation && sinceValidation.Count > 0)
        {
            validations.Add((metrics.Step, validation, sinceValidation.Average()));
            sinceValidation.Clear();
            SeeOverfitting();
            SeeUnderfitting();
        }
    }

    /// <summary>Answers that all get the same reward teach nothing.</summary>
    private void SeeReward(StepMetrics metrics)
    {
        var (mean, squared) = (metrics.Details!["reward"], metrics.Details.GetValueOrDefault("rewardSquared"));
        sameRewards = metrics.Loss is null ? sameRewards : Math.Abs(squared - mean * mean) < 1e-9 ? sameRewards + 1 : 0;
        if (sameRewards >= SameRewards)
        {
            Say(NoticeKind.ConstantReward, metrics.Step, $"All answers of the last {sameRewards} steps got the reward {Shown(mean)}: without a difference nothing is learned. "
                + "Try the grader on some answers with the verb grade; raise temperature or generations, or give prompts that are neither too hard nor too easy.");
        }
    }

    private void SeeStep(int step, double loss)
    {
        sinceValidation.Add(loss);
        if (recent.Count == SpikeWindow)
        {
            var mean = recent.Average();
            var deviation = Math.Sqrt(recent.Sum(value => (value - mean) * (value - mean)) / SpikeWindow);
            if (loss > mean + SpikeDeviations * deviation && loss > 1.5 * mean)
            {
                Say(NoticeKind.LossSpike, step, $"The loss jumped to {Shown(loss)} at step {step}, from {Shown(mean)} on average over the {SpikeWindow} steps before. "
                    + "Look at the examples of that step; if it happens again, lower learningRate or maxGradNorm.");
            }

            recent.Dequeue();
        }

        recent.Enqueue(loss);
    }

    private void SeeOverfitting()
    {
        var best = validations.MinBy(item => item.Validation);
        var after = validations.Where(item => item.Step > best.Step).ToList();
        if (after.Count >= Patience && after.All(item => item.Validation > best.Validation * (1 + Noise)) && after[^1].Training < best.Training * (1 - Noise))
        {
            var last = after[^1];
            Say(NoticeKind.Overfitting, last.Step, $"Validation loss rose from {Shown(best.Validation)} at step {best.Step} to {Shown(last.Validation)} at step {last.Step}, while training loss "
                + $"fell from {Shown(best.Training)} to {Shown(last.Training)}: the model learns the examples by heart. More examples help most; fewer epochs, a lower rank or dropout help too.");
        }
    }

    private void SeeUnderfitting()
    {
        if (validations.Count < Trial)
        {
            return;
        }

        var (first, last) = (validations[0], validations[^1]);
        if (last.Validation > first.Validation * (1 - Noise) && last.Training > first.Training * (1 - Noise))
        {
            Say(NoticeKind.Underfitting, last.Step, $"After {last.Step} steps neither loss has fallen: training {Shown(first.Training)} to {Shown(last.Training)}, validation {Shown(first.Validation)} to "
                + $"{Shown(last.Validation)}. A higher learningRate or rank helps when the data can be learned at all.");
        }
    }

    private void Say(NoticeKind kind, int step, string message)
    {
        if (notices.All(notice => notice.Kind != kind))
        {
            notices.Add(new(kind, step, message));
        }
    }

    private static string Shown(double loss) => loss.ToString("0.000", CultureInfo.InvariantCulture);
}
