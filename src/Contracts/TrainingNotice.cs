namespace ServerlessTuning.Contracts;

/// <summary>Something that the losses of a run tell of, in words for the person whose run it is.</summary>
/// <param name="Step">At which it was noticed.</param>
/// <param name="Message">What was seen, with numbers, and what helps.</param>
public sealed record TrainingNotice(NoticeKind Kind, int Step, string Message);

public enum NoticeKind
{
    /// <summary>Validation rises while training falls.</summary>
    Overfitting,

    /// <summary>Neither falls.</summary>
    Underfitting,

    /// <summary>One step's loss stands far above those before it.</summary>
    LossSpike,

    /// <summary>All answers get the same reward.</summary>
    ConstantReward,
}
