using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Registry;

namespace ServerlessTuning.Functions.Planning;

/// <summary>What preferences and rewards need beside the training itself.</summary>
internal static class TaskPlans
{
    /// <summary>TRL's defaults.</summary>
    private const double DirectBeta = 0.1, OddsRatioBeta = 0.1, SimpleBeta = 2, SimpleGamma = 1;

    private const int Generations = 8, LongestAnswer = 256;

    public static IEnumerable<DatasetProblem> Objections(TuningRequest asked, TuningTask task, BaseFacts model, DatasetReport data)
    {
        if (task == TuningTask.Preference && asked.Preference?.Loss is { } loss && (loss == PreferenceLossType.Kto) != IsJudged(data))
        {
            yield return new("tuning.json", null, "preference.loss", $"\"{loss.ToString().ToLowerInvariant()}\" for {(IsJudged(data) ? "answers that were judged one by one" : "pairs of answers")}",
                IsJudged(data) ? "\"kto\"" : "sigmoid, ipo, hinge, robust, orpo or simpo", "Leave the loss out: it follows from the format.");
        }

        var hasAdapter = asked.Method?.Type is null or MethodType.Lora or MethodType.Qlora;
        if (task == TuningTask.Reinforcement && asked.Reinforcement?.Grader is null)
        {
            yield return new("tuning.json", null, "reinforcement.grader", "no grader", "what gives an answer its reward",
                "Add \"reinforcement\": {\"grader\": {\"type\": \"string_check\", …}}; docs/graders.md lists them.");
        }

        foreach (var problem in asked.Reinforcement?.Grader is { } grader ? GraderRequest.Parse(grader, "reinforcement.grader").Problems : [])
        {
            yield return problem;
        }

        if (task == TuningTask.Reinforcement && asked.Reinforcement?.Beta > 0 && !hasAdapter)
        {
            yield return new("tuning.json", null, "reinforcement.beta", $"{asked.Reinforcement.Beta} without an adapter", "0, or a LoRA method",
                "The base is at hand only when an adapter can be switched off: leave beta out, or set method.type to lora.");
        }

        if (asked.Method?.Type == MethodType.Head && task is TuningTask.Preference or TuningTask.Reinforcement)
        {
            yield return new("tuning.json", null, "method.type", "\"head\"", "lora, qlora, last_layers or full for this task", $"The head of {model.Name} says tokens; more than that must change.");
        }
    }

    private static bool IsJudged(DatasetReport data) => data.Format == "judged_completion";

    public static PreferencePlan Preference(PreferenceRequest asked, DatasetReport data, PlannedValues values)
    {
        var isJudged = IsJudged(data);
        var loss = values.Take("preference.loss", asked.Loss, isJudged ? (PreferenceLossType.Kto, "answers were judged one by one") : (PreferenceLossType.Sigmoid, "DPO: the usual one for pairs"));
        var beta = values.Take("preference.beta", asked.Beta, loss switch
        {
            PreferenceLossType.Simpo => (SimpleBeta, "the usual one of SimPO"),
            PreferenceLossType.Orpo => (OddsRatioBeta, "the usual weight of the odds ratio"),
            _ => (DirectBeta, "the usual one"),
        });
        var gamma = loss == PreferenceLossType.Simpo ? values.Take("preference.gamma", asked.Gamma, (SimpleGamma, "half of beta, the usual margin")) : 0;
        return new(loss, beta, asked.LabelSmoothing, gamma, asked.DesirableWeight, asked.UndesirableWeight);
    }

    public static ReinforcementPlan Reinforcement(ReinforcementRequest asked, int context, PlannedValues values)
    {
        var generations = values.Take("generations", asked.Generations, (Generations, "so many answers to a prompt tell better from worse"));
        var longest = values.Take("maxAnswerTokens", asked.MaxAnswerTokens, (Math.Clamp(context / 2, 1, LongestAnswer), $"half of the context, at most {LongestAnswer}"));
        return new(asked.Grader!.Value, generations, longest, asked.Temperature, asked.TopP, asked.Beta, asked.Loss, asked.Importance, asked.Epsilon, asked.EpsilonHigh ?? asked.Epsilon, asked.ScaleRewards);
    }
}
