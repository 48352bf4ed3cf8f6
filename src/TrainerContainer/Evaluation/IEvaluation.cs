using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Training;

namespace ServerlessTuning.Trainer.Evaluation;

/// <summary>What a task asks of a model on held-out examples.</summary>
public interface IEvaluation
{
    /// <summary>Steps that one model takes.</summary>
    int Steps { get; }

    /// <param name="model">The base first, then the tuned one.</param>
    /// <param name="advance">Told how many steps are done.</param>
    Judgement Judge(Trainee model, Action<int> advance, CancellationToken stop);
}

/// <param name="Answers">To <see cref="HeldOutTexts.Prompts"/>.</param>
public sealed record Judgement(ModelScore Score, IReadOnlyList<string> Answers);
