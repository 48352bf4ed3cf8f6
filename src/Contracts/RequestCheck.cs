using System.Text.Json;

namespace ServerlessTuning.Contracts;

/// <summary>Walks a request beside its description and collects what is wrong, field by field.</summary>
internal sealed class RequestCheck(string file, RequestField root, ICollection<DatasetProblem> problems)
{
    public void Object(string path, JsonElement value, RequestField description)
    {
        if (!description.Accepts(value))
        {
            problems.Add(new(file, null, path.Length == 0 ? null : path, Found(value), path.Length == 0 ? "a JSON object" : description.Expected, "Write it in braces: { … }."));
            return;
        }

        HashSet<string> seen = [];
        foreach (var property in value.EnumerateObject())
        {
            var place = path.Length == 0 ? property.Name : $"{path}.{property.Name}";
            if (!seen.Add(property.Name))
            {
                problems.Add(new(file, null, place, "the same field twice", "each field once", "Remove one of them."));
            }
            else if (description.Fields!.FirstOrDefault(field => field.Name == property.Name) is { } known)
            {
                Field(place, property.Value, known);
            }
            else
            {
                problems.Add(Unknown(place, property.Name, description));
            }
        }

        if (path == "split")
        {
            Shares(value);
        }
    }

    private void Field(string path, JsonElement value, RequestField field)
    {
        if (value.ValueKind == JsonValueKind.Null)
        {
            return;
        }

        if (field.Fields is not null)
        {
            Object(path, value, field);
        }
        else if (!field.Accepts(value))
        {
            var near = field.Words is not null && value.ValueKind == JsonValueKind.String ? NearestName.Of(value.GetString()!, field.Words) : null;
            problems.Add(new(file, null, path, Found(value), field.Expected, near is null ? "Correct the value, or leave the field out." : $"Did you mean \"{near}\"?"));
        }
    }

    private DatasetProblem Unknown(string path, string name, RequestField description)
    {
        var names = description.Fields!.Select(field => field.Name).ToList();
        var home = root.Fields!.FirstOrDefault(field => field != description && field.Fields?.Any(inner => inner.Name == name) == true);
        var fix = NearestName.Of(name, names) is { } near ? $"Did you mean \"{near}\"?"
            : home is not null ? $"It belongs into \"{home.Name}\"."
            : description != root && root.Fields!.Any(field => field.Name == name) ? "It belongs to the top of the request."
            : "Remove it.";
        return new(file, null, path, $"an unknown field \"{name}\"", string.Join(", ", names), fix);
    }

    /// <summary>Each share alone may be a half, but something must be left to train on.</summary>
    private void Shares(JsonElement split)
    {
        var defaults = new SplitRequest();
        var held = Share("validation", defaults.Validation) + Share("test", defaults.Test);
        if (held >= 1)
        {
            problems.Add(new(file, null, "split", $"validation and test of {held} together", "less than 1", "Leave a share of the examples to train on."));
        }

        double Share(string name, double otherwise) =>
            split.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var share) ? share : otherwise;
    }

    internal static string Found(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => $"a list of {value.GetArrayLength()}",
        JsonValueKind.Null => "null",
        _ when value.GetRawText() is { Length: > 60 } text => text[..57] + "…",
        _ => value.GetRawText(),
    };
}
