using ServerlessTuning.Contracts;

namespace ServerlessTuning.Trainer.Adapters;

/// <summary>The adapter that was asked for does not fit the model.</summary>
public sealed class AdapterException : Exception
{
    private AdapterException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    /// <param name="target">What fits no linear layer of the model.</param>
    /// <param name="layers">Whole names of the layers there are.</param>
    internal static AdapterException NoTarget(string target, IReadOnlyList<string> layers)
    {
        string[] names = [.. layers.Select(name => name.Split('.')[^1]).Distinct()];
        return new($"method.targetModules: found {target}, expected names of linear layers of the base model: {string.Join(", ", names)}; or a regular expression for whole names such as "
            + $"{layers[0]}.{NearestName.Hint(target, names.Concat(layers))} Leave the field out to adapt all of them.");
    }

    internal static AdapterException NoPattern(string pattern, Exception why) =>
        new($"method.targetModules: found {pattern}, which is no regular expression ({why.Message}), expected one that fits whole names of layers. Correct it, or name the layers.", why);

    /// <param name="asked">Numbers of layers.</param>
    internal static AdapterException NoLayer(IReadOnlyList<int> asked, IReadOnlyList<string> targets) =>
        new($"method.layers: found {string.Join(", ", asked)}, none of which has {string.Join(", ", targets)}, expected numbers of layers of the base model, counted from 0. Leave the field out for all layers.");

    internal static AdapterException RankTooHigh(string layer, int rank, long output, long input) =>
        new($"method.rank: found {rank}, expected at most {Math.Min(output, input)}, the smaller side of {layer} ({output} × {input}): a higher rank adds nothing. Lower the rank, or leave that layer out of method.targetModules.");

    internal static AdapterException NoPrincipalPartInFourBits() =>
        new("method.init: found pissa over a base in four bits, expected one of \"type\": \"lora\": the principal part would be taken out of numbers that cannot be written. Leave init out, or use lora.");
}
