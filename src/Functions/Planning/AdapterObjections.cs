using System.Text.RegularExpressions;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Registry;

namespace ServerlessTuning.Functions.Planning;

/// <summary>What of a wished adapter does not fit its base, as far as names tell; the trainer, which has the matrices, checks the rest.</summary>
internal static class AdapterObjections
{
    public static IEnumerable<DatasetProblem> To(MethodRequest asked, BaseFacts model)
    {
        foreach (var target in (asked.TargetModules ?? []).Where(target => target != "all-linear" && !LoraConfig.IsPattern(target)).Except(model.LinearLayers))
        {
            yield return new("tuning.json", null, "method.targetModules", $"\"{target}\"", string.Join(", ", model.LinearLayers),
                NearestName.Of(target, model.LinearLayers) is { } near ? $"Did you mean \"{near}\"?" : "Name linear layers of the base model, or leave the field out for all of them.");
        }

        foreach (var pattern in (asked.TargetModules ?? []).Where(LoraConfig.IsPattern))
        {
            if (PatternObjection(asked, pattern) is { } objection)
            {
                yield return objection;
            }
        }

        if (asked.Layers is not null && LayerChoice.Of(asked.Layers, model.Layers) is null)
        {
            yield return new("tuning.json", null, "method.layers", $"\"{asked.Layers}\"", $"some of the {model.Layers} layers of the base model, counted from 0", "Correct the numbers, or leave the field out for all layers.");
        }

        if (asked is { Init: AdapterInit.Pissa, Type: MethodType.Qlora })
        {
            yield return new("tuning.json", null, "method.init", "\"pissa\" over a base in four bits", "it with \"type\": \"lora\"", "Leave init out, or use lora: the principal part cannot be taken out of four bits.");
        }
    }

    private static DatasetProblem? PatternObjection(MethodRequest asked, string pattern)
    {
        if (asked.TargetModules!.Count > 1 || asked.Layers is not null)
        {
            return new("tuning.json", null, "method.targetModules", $"a regular expression, \"{pattern}\", beside other names or layers", "it alone, as PEFT takes it",
                "Write names and layers into the expression, for example \".*\\.(2|3)\\..*\\.q_proj\".");
        }

        try
        {
            _ = new Regex(pattern);
            return null;
        }
        catch (ArgumentException e)
        {
            return new("tuning.json", null, "method.targetModules", $"\"{pattern}\", which is no regular expression ({e.Message})", "names, or one regular expression for whole names", "Correct it.");
        }
    }
}
