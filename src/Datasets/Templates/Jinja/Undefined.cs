namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>A name or item that is not there: prints as nothing, is false and empty, and anything asked of it is an error. Jinja2's default Undefined.</summary>
internal sealed class Undefined
{
    public static Undefined Instance { get; } = new();
}
