using System.Text.Json;

namespace ServerlessTuning.Contracts.Graders;

/// <summary>
/// A JSON Schema, draft 2020-12: the keywords of <see cref="SchemaKeywords"/>, all others that would constrain refused by name when it is compiled.
/// Source: json-schema.org/draft/2020-12, Core and Validation.
/// </summary>
public sealed class JsonSchema
{
    private readonly List<Func<JsonElement, SchemaRun, bool>> checks = [];

    /// <summary>Schemas that are asked about the same value as this one; a circle of them would never end.</summary>
    internal List<JsonSchema> SameValue { get; } = [];

    /// <param name="file">Named in the problems, with <paramref name="path"/> before the keyword.</param>
    /// <param name="problems">Gets what is wrong; the schema is worth nothing then.</param>
    internal static JsonSchema Compile(JsonElement json, string path, string file, ICollection<DatasetProblem> problems) =>
        new SchemaCompiler(json, path, file, problems).Compile();

    /// <summary>Whether a value satisfies it. The value is of <see cref="StrictJson"/>.</summary>
    /// <exception cref="GraderException">The schema asks too many questions about this value.</exception>
    public bool Accepts(JsonElement value, string grader) => Accepts(value, new SchemaRun(grader));

    internal bool Accepts(JsonElement value, SchemaRun run)
    {
        run.Count();
        foreach (var check in checks)
        {
            if (!check(value, run))
            {
                return false;
            }
        }

        return true;
    }

    internal void Add(Func<JsonElement, SchemaRun, bool> check) => checks.Add(check);
}

/// <summary>One value's way through a schema, bounded: alternatives that name themselves twice double with every level of the value.</summary>
internal sealed class SchemaRun(string grader)
{
    private const int Most = 5_000_000;
    private int asked;

    public string Grader { get; } = grader;

    public void Count()
    {
        if (++asked > Most)
        {
            throw new GraderException(Grader, $"a schema still undecided after {Most} sub-schemas", "a decision by then", "Let fewer alternatives of anyOf, oneOf and allOf name the same sub-schema.");
        }
    }
}
