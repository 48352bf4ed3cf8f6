using System.Text.Json;

namespace ServerlessTuning.Contracts.Graders;

/// <summary>The keywords of one schema object, each turned into a check. A keyword about one type says nothing about values of another, as the standard has it.</summary>
internal sealed class SchemaKeywords(SchemaCompiler compiler, JsonSchema schema, JsonElement json, string pointer)
{
    private static readonly string[] types = ["null", "boolean", "object", "array", "number", "string", "integer"];

    /// <summary>They describe and do not constrain.</summary>
    private static readonly string[] notes = ["$schema", "$comment", "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly"];

    private static readonly string[] constraints = [
        "type", "enum", "const", "properties", "required", "additionalProperties", "items", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
        "minLength", "maxLength", "pattern", "minItems", "maxItems", "uniqueItems", "allOf", "anyOf", "oneOf", "not", "$ref", "$defs", "definitions"];

    public void Add(string keyword, JsonElement value)
    {
        var place = $"{pointer}/{Escaped(keyword)}";
        switch (keyword)
        {
            case "type": Type(place, value); break;
            case "enum" when value.ValueKind == JsonValueKind.Array: schema.Add((found, _) => value.EnumerateArray().Any(item => JsonElement.DeepEquals(item, found))); break;
            case "const": schema.Add((found, _) => JsonElement.DeepEquals(value, found)); break;
            case "properties" when value.ValueKind == JsonValueKind.Object: Properties(place, value); break;
            case "required" when Texts(value) is { } names: schema.Add((found, run) => found.ValueKind != JsonValueKind.Object || names.All(name => found.TryGetProperty(name, out _))); break;
            case "additionalProperties": Additional(place, value); break;
            case "items" when value.ValueKind != JsonValueKind.Array: Items(compiler.At(value, place)); break;
            case "minimum" or "maximum" or "exclusiveMinimum" or "exclusiveMaximum" when value.ValueKind == JsonValueKind.Number: Bound(keyword, value); break;
            case "minLength" or "maxLength" or "minItems" or "maxItems" when Count(value) is { } count: Bound(keyword, count); break;
            case "pattern" when value.ValueKind == JsonValueKind.String: Pattern(place, value.GetString()!); break;
            case "uniqueItems" when value.ValueKind is JsonValueKind.True or JsonValueKind.False: Unique(value.GetBoolean()); break;
            case "allOf" or "anyOf" or "oneOf" when value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0: Several(keyword, place, value); break;
            case "not": Not(SameValue(compiler.At(value, place))); break;
            case "$ref" when value.ValueKind == JsonValueKind.String: Reference(place, value.GetString()!); break;
            case "$defs" or "definitions" when value.ValueKind == JsonValueKind.Object: Definitions(place, value); break;
            case "$id" when pointer.Length == 0: break;
            default: Other(keyword, place, value); break;
        }
    }

    private void Other(string keyword, string place, JsonElement value)
    {
        if (constraints.Contains(keyword))
        {
            compiler.Problem(place, RequestCheck.Found(value), $"what {keyword} takes in JSON Schema 2020-12", "Correct the value.");
        }
        else if (!notes.Contains(keyword))
        {
            compiler.Problem(place, $"the keyword \"{keyword}\"", $"one of {string.Join(", ", constraints)}",
                NearestName.Of(keyword, constraints) is { } near ? $"Did you mean \"{near}\"?" : "Remove it: it would not be checked. An endpoint grader can check what these keywords cannot say.");
        }
    }

    private void Type(string place, JsonElement value)
    {
        var names = value.ValueKind == JsonValueKind.String ? [value.GetString()!] : Texts(value) ?? [];
        if (names.Length == 0 || names.Except(types).Any())
        {
            compiler.Problem(place, RequestCheck.Found(value), $"one of {string.Join(", ", types)}, or a list of them", "Correct the value.");
        }

        schema.Add((found, _) => names.Contains(TypeOf(found)) || (names.Contains("integer") && found.ValueKind == JsonValueKind.Number && JsonValues.IsInteger(found)));
    }

    private static string TypeOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True or JsonValueKind.False => "boolean",
        var kind => kind.ToString().ToLowerInvariant(),
    };

    private void Properties(string place, JsonElement value)
    {
        foreach (var property in value.EnumerateObject())
        {
            var inner = compiler.At(property.Value, $"{place}/{Escaped(property.Name)}");
            schema.Add((found, run) => found.ValueKind != JsonValueKind.Object || !found.TryGetProperty(property.Name, out var child) || inner.Accepts(child, run));
        }
    }

    /// <summary>For fields that <c>properties</c> beside it does not name.</summary>
    private void Additional(string place, JsonElement value)
    {
        HashSet<string> named = json.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Object ? [.. properties.EnumerateObject().Select(property => property.Name)] : [];
        var inner = compiler.At(value, place);
        schema.Add((found, run) => found.ValueKind != JsonValueKind.Object || found.EnumerateObject().All(field => named.Contains(field.Name) || inner.Accepts(field.Value, run)));
    }

    private void Items(JsonSchema inner) => schema.Add((found, run) => found.ValueKind != JsonValueKind.Array || found.EnumerateArray().All(item => inner.Accepts(item, run)));

    private void Bound(string keyword, JsonElement bound) => schema.Add((found, _) => found.ValueKind != JsonValueKind.Number || (JsonValues.Compare(found, bound), keyword) switch
    {
        ( < 0, "maximum" or "exclusiveMaximum") or ( > 0, "minimum" or "exclusiveMinimum") => true,
        (0, "maximum" or "minimum") => true,
        _ => false,
    });

    /// <summary>Characters are code points.</summary>
    private void Bound(string keyword, long bound)
    {
        var (kind, least) = (keyword.EndsWith("Items", StringComparison.Ordinal) ? JsonValueKind.Array : JsonValueKind.String, keyword.StartsWith("min", StringComparison.Ordinal));
        schema.Add((found, _) => found.ValueKind != kind || (least ? Size(found) >= bound : Size(found) <= bound));

        static long Size(JsonElement value) => value.ValueKind == JsonValueKind.Array ? value.GetArrayLength() : value.GetString()!.EnumerateRunes().LongCount();
    }

    private void Pattern(string place, string pattern)
    {
        try
        {
            var bounded = new BoundedPattern(pattern);
            schema.Add((found, run) => found.ValueKind != JsonValueKind.String || bounded.IsIn(found.GetString()!, run.Grader));
        }
        catch (ArgumentException e)
        {
            compiler.Problem(place, $"a pattern that cannot be read ({e.Message})", "a regular expression", "Correct the pattern; in JSON a backslash is written twice.");
        }
    }

    private void Unique(bool wanted)
    {
        if (wanted)
        {
            schema.Add((found, _) => found.ValueKind != JsonValueKind.Array || found.EnumerateArray().ToHashSet(JsonValues.Comparer).Count == found.GetArrayLength());
        }
    }

    private void Several(string keyword, string place, JsonElement value)
    {
        List<JsonSchema> inner = [.. value.EnumerateArray().Select((item, i) => SameValue(compiler.At(item, $"{place}/{i}")))];
        schema.Add(keyword switch
        {
            "allOf" => (found, run) => inner.All(one => one.Accepts(found, run)),
            "anyOf" => (found, run) => inner.Any(one => one.Accepts(found, run)),
            _ => (found, run) => inner.Count(one => one.Accepts(found, run)) == 1,
        });
    }

    private void Not(JsonSchema inner) => schema.Add((found, run) => !inner.Accepts(found, run));

    private void Reference(string place, string reference)
    {
        if (compiler.Referred(reference, place) is { } referred)
        {
            SameValue(referred);
            schema.Add(referred.Accepts);
        }
    }

    /// <summary>Compiled though nothing may name them, so that a mistake in one is said.</summary>
    private void Definitions(string place, JsonElement value)
    {
        foreach (var definition in value.EnumerateObject())
        {
            compiler.At(definition.Value, $"{place}/{Escaped(definition.Name)}");
        }
    }

    private JsonSchema SameValue(JsonSchema inner)
    {
        schema.SameValue.Add(inner);
        return inner;
    }

    private static long? Count(JsonElement value) => value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var count) && count >= 0 && count == Math.Truncate(count) && count < 1e15 ? (long)count : null;

    private static string[]? Texts(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String) ? [.. value.EnumerateArray().Select(item => item.GetString()!)] : null;

    /// <summary>As a step of a JSON pointer.</summary>
    private static string Escaped(string name) => name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}
