using System.Text.Json.Serialization;

namespace ServerlessTuning.Contracts;

/// <summary>What a person asks for: <c>tuning.json</c> in a dataset's folder, or the body of <c>POST /runs</c>. Everything may be left out but the dataset.</summary>
/// <param name="Dataset">Name of the folder in the drop zone, <c>datasets/{dataset}/</c>. In <c>tuning.json</c> it follows from the place.</param>
/// <param name="Base">Name of a base model under <c>models/{base}/base/</c>; null means the setting <c>Tuning:DefaultBase</c>.</param>
/// <param name="Model">Name to publish under, <c>models/{model}/versions/</c>; null means the dataset's name.</param>
/// <param name="Task">What is learned; null follows from the dataset's format.</param>
/// <param name="Method">What trains; null means LoRA on every linear layer.</param>
/// <param name="Hyperparameters">Values or <c>"auto"</c>; null means all auto.</param>
/// <param name="Split">Shares held out when no <c>valid.*</c> or <c>test.*</c> lies beside the training file.</param>
/// <param name="Gate">What the tuned model must reach to be published.</param>
/// <param name="Prompts">Prompts answered by base and tuned side by side; null takes them from the held-out split.</param>
/// <param name="Seed">Of split-independent randomness: order, initialisation, dropout, sampling.</param>
/// <param name="Budget">What the run may use at most; null means no limit.</param>
/// <param name="Labels">Of a classification: the classes in the order of their ids; null takes those that the training examples show.</param>
/// <param name="Preference">How pairs or judged answers are learned; null means DPO.</param>
/// <param name="Reinforcement">What answers are rewarded for; needed for the task <c>reinforcement</c>.</param>
/// <param name="Mixture">Of several training files: the share of the tokens that each is to have, by its name; null takes every example once an epoch.</param>
public sealed record TuningRequest(
    string? Dataset = null,
    string? Base = null,
    string? Model = null,
    TuningTask? Task = null,
    MethodRequest? Method = null,
    HyperparameterRequest? Hyperparameters = null,
    SplitRequest? Split = null,
    GateRequest? Gate = null,
    IReadOnlyList<string>? Prompts = null,
    int Seed = 42,
    BudgetRequest? Budget = null,
    IReadOnlyList<string>? Labels = null,
    PreferenceRequest? Preference = null,
    ReinforcementRequest? Reinforcement = null,
    IReadOnlyDictionary<string, double>? Mixture = null);

/// <summary>What is learned from the dataset.</summary>
public enum TuningTask
{
    /// <summary>Only what the assistant says carries loss: chat and prompt/completion files.</summary>
    Supervised,

    /// <summary>Every token carries loss: plain text. With a base that has no weights, training starts from random ones.</summary>
    Pretraining,

    /// <summary>A label for a text: one of several classes, several at once, or a number.</summary>
    Classification,

    /// <summary>A label for each word.</summary>
    TokenClassification,

    /// <summary>Hidden tokens of plain text, told from both sides: how encoders are pretrained.</summary>
    MaskedLanguage,

    /// <summary>A text from a text, by a model with an encoder and a decoder.</summary>
    SequenceToSequence,

    /// <summary>Of two answers the better one, or answers judged good or bad.</summary>
    Preference,

    /// <summary>A number for an answer, higher for the better one of two: a model that judges.</summary>
    Reward,

    /// <summary>The model's own answers, made likelier by the reward that a grader gives them.</summary>
    Reinforcement,
}

/// <summary>What trains.</summary>
/// <param name="Type">LoRA by default.</param>
/// <param name="Rank">r of LoRA, 1 to 256; null is auto.</param>
/// <param name="Alpha">α of LoRA; null is auto (2 r).</param>
/// <param name="Dropout">Probability of zeroing an adapter input while training; at least 0, below 1. Default 0.</param>
/// <param name="TargetModules">Names of linear layers, such as <c>q_proj</c>; or one regular expression for whole names; null means all of them but the head.</param>
/// <param name="UseRslora">The update is scaled by α / √r instead of α / r: high ranks learn as fast as low ones (arXiv:2312.03732).</param>
/// <param name="UseDora">A length for each row trains beside the update (arXiv:2402.09353); closer to full tuning, slower.</param>
/// <param name="LoraPlusRatio">How many times faster B learns than A (arXiv:2402.12354); 1 by default.</param>
/// <param name="Init">What the adapter is before training; by default it changes nothing.</param>
/// <param name="Layers">Which layers of the model are adapted, <c>first:4</c>, <c>last:4</c> or numbers from 0 such as <c>0-3,8</c>; null means all.</param>
/// <param name="ModulesToSave">Modules that train whole beside the adapter, such as <c>classifier</c>; a new head always does.</param>
/// <param name="LastLayers">Of <see cref="MethodType.LastLayers"/>: how many of the last blocks train, with the last norm and the head.</param>
/// <param name="From">A published adapter to go on from: <c>model</c>, <c>model@3</c> or <c>model@alias</c>; its shape is kept.</param>
public sealed record MethodRequest(
    MethodType Type = MethodType.Lora,
    [property: JsonConverter(typeof(AutoConverter<int>))] int? Rank = null,
    [property: JsonConverter(typeof(AutoConverter<double>))] double? Alpha = null,
    double Dropout = 0,
    IReadOnlyList<string>? TargetModules = null,
    bool UseRslora = false,
    bool UseDora = false,
    double LoraPlusRatio = 1,
    AdapterInit Init = AdapterInit.Default,
    string? Layers = null,
    IReadOnlyList<string>? ModulesToSave = null,
    [property: JsonConverter(typeof(AutoConverter<int>))] int? LastLayers = null,
    string? From = null);

public enum AdapterInit
{
    /// <summary>A random, B zero.</summary>
    Default,

    /// <summary>The part of each matrix along its largest singular values, which the base gives up (PiSSA, arXiv:2404.02948). The published adapter has twice the rank.</summary>
    Pissa,
}

public enum MethodType
{
    Lora,
    Full,

    /// <summary>LoRA over a base that is kept in four bits (NF4 with double quantization, arXiv:2305.14314).</summary>
    Qlora,

    /// <summary>The head alone; the body stays as it is.</summary>
    Head,

    /// <summary>The last blocks, the last norm and the head.</summary>
    LastLayers,
}

/// <summary>Each one a number or <c>"auto"</c>; null is auto.</summary>
/// <param name="Epochs">Passes over the training split; may be fractional.</param>
/// <param name="MaxSteps">Optimizer steps; when given it wins over epochs.</param>
/// <param name="LearningRate">Peak rate.</param>
/// <param name="BatchTokens">Tokens (all, padding not counted) of one optimizer step: the effective batch.</param>
/// <param name="ContextLength">Longest example and length of a packed row, in tokens.</param>
/// <param name="MicroBatchRows">Packed rows computed at once; changes memory and speed, never the result.</param>
/// <param name="WarmupRatio">Share of the steps in which the rate rises; 0 to 0.5.</param>
/// <param name="WeightDecay">Decoupled; not on norms and biases.</param>
/// <param name="MaxGradNorm">Global norm to clip to.</param>
/// <param name="Schedule">Shape of the rate after warm-up.</param>
/// <param name="EvaluateEverySteps">Steps between validations during training.</param>
/// <param name="CheckpointEverySteps">Steps between checkpoints.</param>
/// <param name="Optimizer">AdamW by default.</param>
/// <param name="DecayRatio">Share of the steps in which the rate of <c>warmup_stable_decay</c> falls; 0 to 1.</param>
/// <param name="EarlyStopping">Validations in a row without a new best after which training ends; null never ends it early. The best checkpoint is what is kept.</param>
/// <param name="MaskRatio">Of <see cref="TuningTask.MaskedLanguage"/>: share of the tokens that are hidden, 0.15 by default.</param>
/// <param name="LabelSmoothing">Share of a target's probability that is spread over all others; 0 by default.</param>
/// <param name="NeftuneAlpha">Noise on the embeddings while training (NEFTune, arXiv:2310.05914), 5 to 15 where it is used; 0 by default.</param>
/// <param name="Dropout">Share of the hidden states that become 0 while training; at least 0, below 1. By default what the base's config says; 0 for preference, reward and reinforcement.</param>
public sealed record HyperparameterRequest(
    [property: JsonConverter(typeof(AutoConverter<double>))] double? Epochs = null,
    [property: JsonConverter(typeof(AutoConverter<int>))] int? MaxSteps = null,
    [property: JsonConverter(typeof(AutoConverter<double>))] double? LearningRate = null,
    [property: JsonConverter(typeof(AutoConverter<int>))] int? BatchTokens = null,
    [property: JsonConverter(typeof(AutoConverter<int>))] int? ContextLength = null,
    [property: JsonConverter(typeof(AutoConverter<int>))] int? MicroBatchRows = null,
    [property: JsonConverter(typeof(AutoConverter<double>))] double? WarmupRatio = null,
    [property: JsonConverter(typeof(AutoConverter<double>))] double? WeightDecay = null,
    [property: JsonConverter(typeof(AutoConverter<double>))] double? MaxGradNorm = null,
    [property: JsonConverter(typeof(AutoConverter<ScheduleType>))] ScheduleType? Schedule = null,
    [property: JsonConverter(typeof(AutoConverter<int>))] int? EvaluateEverySteps = null,
    [property: JsonConverter(typeof(AutoConverter<int>))] int? CheckpointEverySteps = null,
    [property: JsonConverter(typeof(AutoConverter<OptimizerType>))] OptimizerType? Optimizer = null,
    [property: JsonConverter(typeof(AutoConverter<double>))] double? DecayRatio = null,
    [property: JsonConverter(typeof(AutoConverter<int>))] int? EarlyStopping = null,
    [property: JsonConverter(typeof(AutoConverter<double>))] double? MaskRatio = null,
    [property: JsonConverter(typeof(AutoConverter<double>))] double? LabelSmoothing = null,
    [property: JsonConverter(typeof(AutoConverter<double>))] double? NeftuneAlpha = null,
    [property: JsonConverter(typeof(AutoConverter<double>))] double? Dropout = null);

/// <summary>How gradients move weights.</summary>
public enum OptimizerType
{
    /// <summary>8 bytes of memory a weight that trains.</summary>
    [JsonStringEnumMemberName("adamw")]
    AdamW,

    /// <summary>The same with its moments in eight bits: 2 bytes (arXiv:2110.02861).</summary>
    [JsonStringEnumMemberName("adamw_8bit")]
    AdamW8Bit,

    /// <summary>Means of rows and columns instead of moments: next to nothing (arXiv:1804.04235).</summary>
    Adafactor,
}

public enum ScheduleType
{
    Cosine,
    Linear,
    Constant,
    InverseSqrt,

    /// <summary>The peak rate, then down to 0 in a straight line over the last share of the steps (arXiv:2404.06395).</summary>
    WarmupStableDecay,
}

/// <summary>Shares of the examples held out by hash: the same example always falls into the same split.</summary>
/// <param name="Validation">Watched during training; 0 to 0.5.</param>
/// <param name="Test">Judges base against tuned at the end; 0 to 0.5.</param>
/// <param name="MinimumExamples">Fewer usable training examples than this reject the dataset.</param>
/// <param name="Overlong">What happens to an example longer than the context.</param>
public sealed record SplitRequest(
    double Validation = 0.05, double Test = 0.05, int MinimumExamples = 10, OverlongRule Overlong = OverlongRule.Truncate);

public enum OverlongRule
{
    /// <summary>Cut at the end; counted in the report. An example that would keep no supervised token is dropped and counted.</summary>
    Truncate,

    /// <summary>Left out; counted in the report.</summary>
    Drop,

    /// <summary>The dataset is rejected, with the lines named.</summary>
    Reject,
}

/// <summary>Publish only what beats the base.</summary>
/// <param name="MinimumImprovement">Relative fall of the held-out loss that is asked for: 0.02 means tuned ≤ 0.98 × base. Negative lets a worse model pass.</param>
public sealed record GateRequest(double MinimumImprovement = 0.01);

/// <summary>A request with its files fixed: <c>request.json</c>, written once when the dataset's folder has come to rest.</summary>
/// <param name="Request">As asked for; <see cref="TuningRequest.Dataset"/> and <see cref="TuningRequest.Base"/> are filled in.</param>
/// <param name="Files">The data files with the ETags that this run reads, and no others.</param>
public sealed record FrozenRequest(TuningRequest Request, IReadOnlyList<DatasetFile> Files);

/// <param name="Name">Blob name in the container <c>datasets</c>, for example <c>verses/train.jsonl</c>.</param>
/// <param name="ETag">Read with If-Match, so that a file changed meanwhile is noticed.</param>
/// <param name="Split">Which split the file feeds; a lone train file feeds all three by hash.</param>
public sealed record DatasetFile(string Name, string ETag, long Bytes, DatasetSplit Split);

public enum DatasetSplit
{
    Train,
    Validation,
    Test,
}
