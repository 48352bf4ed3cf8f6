using System.Text.Json.Serialization;

namespace ServerlessTuning.Contracts;

/// <summary>How preferences are learned. Each number may be <c>"auto"</c>.</summary>
/// <param name="Loss">Null means <see cref="PreferenceLossType.Sigmoid"/> for pairs, and <see cref="PreferenceLossType.Kto"/> for answers judged one by one.</param>
/// <param name="Beta">How much a difference of log-probability counts; how far the policy stays near the base. ORPO: weight of the odds ratio.</param>
/// <param name="LabelSmoothing">Share of the preferences that may be wrong; at least 0, below 0.5.</param>
/// <param name="Gamma">SimPO's margin, in units of β · log-probability.</param>
/// <param name="DesirableWeight">KTO: weight of the good answers.</param>
/// <param name="UndesirableWeight">KTO: weight of the bad ones.</param>
public sealed record PreferenceRequest(
    PreferenceLossType? Loss = null,
    [property: JsonConverter(typeof(AutoConverter<double>))] double? Beta = null,
    double LabelSmoothing = 0,
    [property: JsonConverter(typeof(AutoConverter<double>))] double? Gamma = null,
    double DesirableWeight = 1,
    double UndesirableWeight = 1);

/// <summary>Names as in TRL.</summary>
public enum PreferenceLossType
{
    /// <summary>DPO. Rafailov et al. 2023, arXiv:2305.18290.</summary>
    Sigmoid,

    /// <summary>DPO without the bias of wrong preferences. Chowdhury et al. 2024, arXiv:2403.00409.</summary>
    Robust,

    /// <summary>Zhao et al. 2023, arXiv:2305.10425.</summary>
    Hinge,

    /// <summary>Azar et al. 2023, arXiv:2310.12036.</summary>
    Ipo,

    /// <summary>Without a reference, with the chosen answers' own loss. Hong et al. 2024, arXiv:2403.07691.</summary>
    Orpo,

    /// <summary>Without a reference, by the token, with a margin. Meng et al. 2024, arXiv:2405.14734.</summary>
    Simpo,

    /// <summary>Answers judged one by one. Ethayarajh et al. 2024, arXiv:2402.01306.</summary>
    Kto,
}

/// <summary>A <see cref="PreferenceRequest"/> with nothing left open.</summary>
public sealed record PreferencePlan(
    PreferenceLossType Loss, double Beta, double LabelSmoothing = 0, double Gamma = 0, double DesirableWeight = 1, double UndesirableWeight = 1)
{
    /// <summary>The loss compares with the model as it was before training.</summary>
    [JsonIgnore]
    public bool NeedsReference => Loss is not (PreferenceLossType.Orpo or PreferenceLossType.Simpo);
}
