using ServerlessTuning.Contracts;

namespace ServerlessTuning.Trainer.Training;

/// <summary>
/// Share of the peak learning rate by optimizer step, counted from 0: linear warm-up from 0, then cosine to 0, linear to 0, or constant.
/// The formulas of transformers' optimization.py, so step 0 of a warm-up has rate 0.
/// </summary>
public sealed record Schedule(ScheduleType Type, int WarmupSteps, int TotalSteps)
{
    public double At(int step)
    {
        if (step < WarmupSteps)
        {
            return (double)step / Math.Max(1, WarmupSteps);
        }

        var progress = (double)(step - WarmupSteps) / Math.Max(1, TotalSteps - WarmupSteps);
        return Type switch
        {
            ScheduleType.Cosine => Math.Max(0, 0.5 * (1 + Math.Cos(Math.PI * progress))),
            ScheduleType.Linear => Math.Max(0, 1 - progress),
            _ => 1,
        };
    }
}
