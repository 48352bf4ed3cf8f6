using System.Globalization;
using System.Text.RegularExpressions;
using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Models;

namespace ServerlessTuning.Trainer.Adapters;

/// <summary>A linear layer that is adapted.</summary>
/// <param name="Name">Whole, as in the checkpoint.</param>
internal sealed record AdapterTarget(string Name, Projection Projection, int Rank, double Scaling);

/// <summary>Which layers an adapter adapts, with which rank and scale: the rules of PEFT's check_target_module_exists and get_pattern_key.</summary>
internal sealed class AdapterTargets(LoraConfig config)
{
    private static readonly TimeSpan LongestMatch = TimeSpan.FromSeconds(1);
    private static readonly Regex LayerNumber = new(@"^(?:.*\.)?[^.]*\.(\d+)\.", RegexOptions.None, LongestMatch);

    /// <summary>Those of a model, as an adapter's files ask for them: names that fit nothing are passed over.</summary>
    /// <exception cref="AdapterException">No layer fits, or a pattern is none.</exception>
    public IReadOnlyList<AdapterTarget> Of(PretrainedModel model)
    {
        var named = model.Projections.Where(item => config.TargetModules.Any(target => Fits(item.Name, target))).ToList();
        if (named.Count == 0)
        {
            throw AdapterException.NoTarget(string.Join(", ", config.TargetModules), [.. model.Projections.Select(item => item.Name)]);
        }

        var found = named.Where(item => IsInLayers(item.Name)).Select(item => Target(item.Name, item.Projection)).ToList();
        return found.Count > 0 ? found : throw AdapterException.NoLayer(config.Layers!, config.TargetModules);
    }

    /// <summary>Those of a new adapter, which must make sense.</summary>
    /// <exception cref="AdapterException">A name fits no layer, or the rank is higher than a layer's.</exception>
    public IReadOnlyList<AdapterTarget> OfNew(PretrainedModel model)
    {
        var all = model.Projections.Select(item => item.Name).ToList();
        if (config.TargetModules.FirstOrDefault(target => !all.Any(name => Fits(name, target))) is { } useless)
        {
            throw AdapterException.NoTarget(useless, all);
        }

        var targets = Of(model);
        return targets.FirstOrDefault(target => target.Rank > Math.Min(target.Projection.Output, target.Projection.Input)) is { } small
            ? throw AdapterException.RankTooHigh(small.Name, small.Rank, small.Projection.Output, small.Projection.Input) : targets;
    }

    /// <summary>A whole name or its last parts; <c>all-linear</c> for every layer; a regular expression for whole names.</summary>
    private static bool Fits(string name, string target) => target == "all-linear" || name == target || name.EndsWith($".{target}", StringComparison.Ordinal)
        || (LoraConfig.IsPattern(target) && IsMatch(name, $"^(?:{target})$"));

    private bool IsInLayers(string name) => config.Layers is not { } layers
        || (LayerNumber.Match(name) is { Success: true } match && layers.Contains(int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)));

    private AdapterTarget Target(string name, Projection projection)
    {
        var (rank, alpha) = (OfPattern(config.RankPattern, name, config.Rank), OfPattern(config.AlphaPattern, name, config.Alpha));
        return new(name, projection, rank, config.ScalingOf(rank, alpha));
    }

    /// <summary>The value of the first key that fits the last parts of a name.</summary>
    private static T OfPattern<T>(IReadOnlyDictionary<string, T>? pattern, string name, T otherwise) =>
        pattern?.Keys.FirstOrDefault(key => IsMatch(name, $@"^(?:.*\.)?(?:{key})$")) is { } found ? pattern[found] : otherwise;

    private static bool IsMatch(string name, string pattern)
    {
        try
        {
            return Regex.IsMatch(name, pattern, RegexOptions.None, LongestMatch);
        }
        catch (Exception e) when (e is ArgumentException or RegexMatchTimeoutException)
        {
            throw AdapterException.NoPattern(pattern, e);
        }
    }
}
