using ServerlessTuning.Datasets.Checkpoints.Families;

namespace ServerlessTuning.Datasets.Checkpoints;

/// <summary>How one family's config.json is read.</summary>
internal interface IModelFamily
{
    /// <summary>As <c>model_type</c> names it.</summary>
    string ModelType { get; }

    /// <summary>Its classes, as <c>architectures</c> names them; the first is meant when none is named.</summary>
    IReadOnlyList<string> Architectures { get; }

    ModelConfig Parse(ConfigFields config);
}

/// <summary>The families that are built. A new one is a file in Families/ and a line here.</summary>
internal static class ModelFamilies
{
    private static readonly IModelFamily[] All =
    [
        new Llama(), new Mistral(), new Qwen2(), new Qwen3(), new Gemma(), new Gemma2(), new Gemma3(), new Phi3(), new Gpt2(),
        new Bert(), new Roberta(), new DistilBert(), new T5(),
    ];

    /// <exception cref="ModelConfigException">No such family; names the nearest.</exception>
    public static IModelFamily Of(ConfigFields config)
    {
        var type = config.Text("model_type") ?? throw new ModelConfigException("model_type", "nothing", $"one of {string.Join(", ", All.Select(family => family.ModelType))}");
        return All.FirstOrDefault(family => family.ModelType == type)
            ?? throw new ModelConfigException("model_type", $"'{type}'", $"one of {string.Join(", ", All.Select(family => family.ModelType))} (nearest: {Nearest(type, All.Select(family => family.ModelType))})");
    }

    /// <summary>The class that <c>architectures</c> names.</summary>
    public static (string Architecture, ModelTask Task) Architecture(this IModelFamily family, ConfigFields config)
    {
        var name = config.FirstText("architectures") ?? family.Architectures[0];
        return family.Architectures.Contains(name) ? (name, TaskOf(name))
            : throw new ModelConfigException("architectures", $"'{name}'", $"one of {string.Join(", ", family.Architectures)} (nearest: {Nearest(name, family.Architectures)})");
    }

    private static ModelTask TaskOf(string architecture) =>
        architecture.EndsWith("ForSequenceClassification", StringComparison.Ordinal) ? ModelTask.SequenceClassification
        : architecture.EndsWith("ForTokenClassification", StringComparison.Ordinal) ? ModelTask.TokenClassification
        : architecture.EndsWith("ForMaskedLM", StringComparison.Ordinal) ? ModelTask.MaskedLanguage
        : architecture.EndsWith("ForConditionalGeneration", StringComparison.Ordinal) ? ModelTask.SequenceToSequence
        : ModelTask.CausalLanguage;

    /// <summary>By how many pairs of neighbouring letters two names share.</summary>
    private static string Nearest(string name, IEnumerable<string> known) =>
        known.MaxBy(candidate => Pairs(candidate).Intersect(Pairs(name)).Count() / (double)(candidate.Length + name.Length))!;

    private static HashSet<string> Pairs(string text) => [.. text.ToLowerInvariant().Zip(text.ToLowerInvariant().Skip(1), (a, b) => $"{a}{b}")];
}
