using System.Text.Json.Serialization;

namespace ServerlessTuning.Contracts;

/// <summary>A request with nothing left open: what the trainer does, and why each value is what it is. <c>plan.json</c>.</summary>
/// <param name="Base">Name of the base model, <c>models/{base}/base/</c>.</param>
/// <param name="Model">Name to publish under.</param>
/// <param name="Lora">Null for full fine-tuning and pretraining.</param>
/// <param name="FromScratch">The base has a config and a tokenizer but no weights: start from random ones.</param>
/// <param name="Reasons">One entry a resolved value, in the order of a report.</param>
/// <param name="Machine">What a machine must have; null in plans of a person's own.</param>
/// <param name="Budget">What the run may use at most.</param>
/// <param name="Part">Which of the base's weights train without an adapter; null for all.</param>
/// <param name="Preference">Of the task preference.</param>
/// <param name="Reinforcement">Of the task reinforcement.</param>
/// <param name="From">The published adapter that training goes on from; null for a new one.</param>
public sealed record TuningPlan(
    string Base,
    string Model,
    TuningTask Task,
    LoraConfig? Lora,
    bool FromScratch,
    TrainingPlan Training,
    GateRequest Gate,
    IReadOnlyList<string>? Prompts,
    int Seed,
    IReadOnlyList<PlannedValue> Reasons,
    MachineNeeds? Machine = null,
    BudgetRequest? Budget = null,
    TrainedPart? Part = null,
    PreferencePlan? Preference = null,
    ReinforcementPlan? Reinforcement = null,
    AdapterStart? From = null);

/// <summary>A published adapter, <c>models/{model}/versions/{n}/adapter/</c>.</summary>
public sealed record AdapterStart(string Model, int Version);

/// <summary>The part of a model that trains while the rest is frozen: the head and so many of the last blocks with the last norm.</summary>
/// <param name="LastLayers">0 for the head alone.</param>
public sealed record TrainedPart(int LastLayers);

/// <summary>A value of the plan and why.</summary>
public sealed record PlannedValue(string Name, string Value, string Reason);

/// <summary>Shape of the low-rank update. Terms and scaling follow Hu et al. 2021, arXiv:2106.09685, section 4.1.</summary>
/// <param name="Rank">r, the inner dimension of B·A; 1 to 256.</param>
/// <param name="Alpha">α; the update is multiplied by α / r.</param>
/// <param name="Dropout">Probability of zeroing an adapter input while training; at least 0, below 1.</param>
/// <param name="TargetModules">Last parts of the names of the adapted linear layers, such as <c>q_proj</c>; <c>all-linear</c>; or a regular expression for whole names.</param>
/// <param name="RankStabilized">The update is multiplied by α / √r instead (rsLoRA).</param>
/// <param name="Decomposed">A length for each row of W + update trains beside it (DoRA).</param>
/// <param name="QuantizedBase">The base's matrices are kept in four bits while the adapter trains (QLoRA).</param>
/// <param name="LoraPlusRatio">Learning rate of B over that of A (LoRA+).</param>
/// <param name="ModulesToSave">Last parts of the names of modules that train whole, such as <c>classifier</c>; null for none.</param>
/// <param name="Init">What A and B are before training.</param>
/// <param name="Layers">Numbers of the adapted layers, counted from 0; null for all.</param>
/// <param name="RankPattern">r of some layers, by a regular expression for the last parts of their names; null for none.</param>
/// <param name="AlphaPattern">α of some layers, likewise.</param>
public sealed record LoraConfig(
    int Rank, double Alpha, double Dropout, IReadOnlyList<string> TargetModules, bool RankStabilized = false, bool Decomposed = false, IReadOnlyList<string>? ModulesToSave = null,
    bool QuantizedBase = false, double LoraPlusRatio = 1,
    AdapterInit Init = AdapterInit.Default, IReadOnlyList<int>? Layers = null, IReadOnlyDictionary<string, int>? RankPattern = null, IReadOnlyDictionary<string, double>? AlphaPattern = null)
{
    /// <summary>α / r, or α / √r.</summary>
    public double ScalingOf(int rank, double alpha) => RankStabilized ? alpha / Math.Sqrt(rank) : alpha / rank;

    /// <summary>Is a target a regular expression? Dots stand in names too.</summary>
    public static bool IsPattern(string target) => target.Any(@"\^$*+?()[]{}|".Contains);
}

/// <summary>Everything that changes the weights that come out, and the pace of the chores.</summary>
/// <param name="TotalSteps">Optimizer steps.</param>
/// <param name="WarmupSteps">Steps in which the rate rises from 0.</param>
/// <param name="LearningRate">Peak rate.</param>
/// <param name="BatchTokens">Target number of tokens of one optimizer step: rows × context, not counting padding.</param>
/// <param name="ContextLength">Length of a packed row, tokens.</param>
/// <param name="MicroBatchRows">Packed rows computed at once.</param>
/// <param name="Precision">Type of the products.</param>
/// <param name="Recompute">Activations are recomputed layer by layer in the backward pass: less memory, about a third more time.</param>
/// <param name="DecaySteps">Steps in which the rate of <see cref="ScheduleType.WarmupStableDecay"/> falls to 0; other schedules have none.</param>
/// <param name="EarlyStopping">Validations in a row without a new best after which training ends; null never.</param>
/// <param name="MaskRatio">Share of the tokens that masked language modelling hides.</param>
/// <param name="LabelSmoothing">Share of a target's probability that is spread over all others.</param>
/// <param name="NeftuneAlpha">Size of the noise on embeddings; 0 for none.</param>
/// <param name="Dropout">Share of the hidden states that become 0 while training, where the model's family drops; at least 0, below 1.</param>
/// <param name="SequencesPerExample">2 for source and target, and for chosen and rejected: a row is that much longer.</param>
/// <param name="Mixture">How often an epoch takes the examples of each file; null takes each once.</param>
public sealed record TrainingPlan(
    int TotalSteps,
    int WarmupSteps,
    double LearningRate,
    ScheduleType Schedule,
    double WeightDecay,
    double MaxGradNorm,
    int BatchTokens,
    int ContextLength,
    int MicroBatchRows,
    int EvaluateEverySteps,
    int CheckpointEverySteps,
    Precision Precision,
    bool Recompute,
    OptimizerType Optimizer = OptimizerType.AdamW,
    int DecaySteps = 0,
    int? EarlyStopping = null,
    double MaskRatio = 0.15,
    double LabelSmoothing = 0,
    double NeftuneAlpha = 0,
    int SequencesPerExample = 1,
    double Dropout = 0,
    IReadOnlyList<MixedSource>? Mixture = null)
{
    /// <summary>Tokens that fit into a row: those of the longest example.</summary>
    [JsonIgnore]
    public int RowTokens => ContextLength * SequencesPerExample;

    /// <summary>Packed rows of one optimizer step.</summary>
    [JsonIgnore]
    public int RowsPerStep => Math.Max(1, BatchTokens / RowTokens);
}

/// <summary>The examples of one training file.</summary>
/// <param name="Examples">They follow those of the file before.</param>
/// <param name="Repeats">How often an epoch takes each, on average; 2.4 takes it twice and, four times in ten, once more.</param>
public sealed record MixedSource(string File, long Examples, double Repeats);

public enum Precision
{
    Float32,

    /// <summary>Products in bfloat16; master weights, norms and loss in float32.</summary>
    Bfloat16,
}
