using System.Text.Json;

namespace ServerlessTuning.Contracts.Graders;

/// <summary>Makes checks of a schema's keywords and says what is wrong with it. Each sub-schema is compiled once, so a schema may name itself.</summary>
internal sealed class SchemaCompiler(JsonElement root, string path, string file, ICollection<DatasetProblem> problems)
{
    private const int Deepest = 64;
    private readonly Dictionary<string, JsonSchema> compiled = new(StringComparer.Ordinal);

    public JsonSchema Compile()
    {
        var schema = At(root, "");
        if (compiled.FirstOrDefault(pair => IsCircle(pair.Value)).Key is { } circle)
        {
            Problem(circle, "a $ref that leads back to itself without going into the value", "a circle through properties or items", "Remove it, or put it below properties or items.");
        }

        return schema;
    }

    /// <param name="pointer">Of the schema below the root, as a JSON pointer.</param>
    public JsonSchema At(JsonElement json, string pointer)
    {
        if (compiled.TryGetValue(pointer, out var known))
        {
            return known;
        }

        var schema = compiled[pointer] = new();
        if (json.ValueKind == JsonValueKind.False)
        {
            schema.Add((_, _) => false);
        }
        else if (json.ValueKind == JsonValueKind.Object)
        {
            Keywords(schema, json, pointer);
        }
        else if (json.ValueKind != JsonValueKind.True)
        {
            Problem(pointer, RequestCheck.Found(json), "a schema: an object, true or false", "Correct the schema.");
        }

        return schema;
    }

    /// <summary>What a local <c>$ref</c> names.</summary>
    public JsonSchema? Referred(string reference, string pointer)
    {
        var target = reference == "#" ? root : reference.StartsWith("#/", StringComparison.Ordinal) ? Follow(Uri.UnescapeDataString(reference[2..])) : null;
        if (target is null)
        {
            Problem(pointer, $"\"{reference}\"", "a place in this schema such as #/$defs/NAME", "Define it below $defs; schemas elsewhere are not loaded.");
            return null;
        }

        return At(target.Value, Uri.UnescapeDataString(reference[1..]));
    }

    public void Problem(string pointer, string found, string expected, string fix) =>
        problems.Add(new(file, null, pointer.Length == 0 ? path : $"{path} {pointer}", found, expected, fix));

    private void Keywords(JsonSchema schema, JsonElement json, string pointer)
    {
        if (pointer.Count('/') > Deepest)
        {
            Problem(pointer, "a schema too deep", $"at most {Deepest} levels", "Name sub-schemas below $defs.");
            return;
        }

        var keywords = new SchemaKeywords(this, schema, json, pointer);
        HashSet<string> seen = [];
        foreach (var keyword in json.EnumerateObject())
        {
            if (!seen.Add(keyword.Name))
            {
                Problem(pointer, $"the keyword \"{keyword.Name}\" twice", "each once", "Remove one of them.");
            }
            else
            {
                keywords.Add(keyword.Name, keyword.Value);
            }
        }
    }

    /// <summary>Source: RFC 6901.</summary>
    private JsonElement? Follow(string pointer)
    {
        JsonElement? value = root;
        foreach (var step in pointer.Split('/').Select(step => step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)))
        {
            value = value is not { } parent ? null
                : parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(step, out var child) ? child
                : parent.ValueKind == JsonValueKind.Array && int.TryParse(step, out var index) && index >= 0 && index < parent.GetArrayLength() ? parent[index] : null;
        }

        return value;
    }

    private static bool IsCircle(JsonSchema start)
    {
        var (seen, open) = (new HashSet<JsonSchema>(), new Stack<JsonSchema>(start.SameValue));
        while (open.TryPop(out var schema))
        {
            if (schema == start)
            {
                return true;
            }

            if (seen.Add(schema))
            {
                schema.SameValue.ForEach(open.Push);
            }
        }

        return false;
    }
}
