using ServerlessTuning.Contracts;

namespace ServerlessTuning.Trainer.Training;

/// <summary>
/// Share of the peak learning rate by optimizer step, counted from 0: a linear warm-up from 0, then down to <see cref="EndShare"/> as the type says.
/// The formulas of transformers' optimization.py, so step 0 of a warm-up has rate 0.
/// </summary>
/// <param name="EndShare">Of the peak rate, where cosine and linear end: cosine_with_min_lr's min_lr_rate, polynomial's lr_end / lr.</param>
/// <param name="Cycles">More than 1 is cosine_with_restarts.</param>
/// <param name="Power">Other than 1 is polynomial.</param>
/// <param name="DecaySteps">The last steps, in which warmup_stable_decay falls in a straight line; transformers' num_decay_steps with decay_type linear.</param>
public sealed record Schedule(ScheduleType Type, int WarmupSteps, int TotalSteps, double EndShare = 0, int Cycles = 1, double Power = 1, int DecaySteps = 0)
{
    /// <summary>transformers' time scale of inverse_sqrt without a warm-up.</summary>
    private const int DefaultTimescale = 10_000;

    public double At(int step)
    {
        if (step < WarmupSteps)
        {
            return (double)step / Math.Max(1, WarmupSteps);
        }

        var progress = (double)(step - WarmupSteps) / Math.Max(1, TotalSteps - WarmupSteps);
        return Type switch
        {
            ScheduleType.Cosine => Down(progress < 1 ? 0.5 * (1 + Math.Cos(Math.PI * (progress * Cycles % 1))) : 0),
            ScheduleType.Linear => Down(Math.Pow(Math.Max(0, 1 - progress), Power)),
            ScheduleType.InverseSqrt => InverseSqrt(step),
            ScheduleType.WarmupStableDecay => Down(Math.Clamp((double)(TotalSteps - step) / Math.Max(1, DecaySteps), 0, 1)),
            _ => 1,
        };
    }

    /// <param name="share">From 1 to 0.</param>
    private double Down(double share) => EndShare + (1 - EndShare) * share;

    private double InverseSqrt(int step)
    {
        double timescale = WarmupSteps > 0 ? WarmupSteps : DefaultTimescale;
        return 1 / Math.Sqrt((step + timescale - WarmupSteps) / timescale);
    }
}
