using System.Text.Json;

namespace ServerlessTuning.Contracts.Graders;

/// <summary>Takes a grader's fields one by one and collects what is wrong; a wrong field is replaced by something harmless, so that the next one can be looked at.</summary>
internal sealed class GraderFields(JsonElement json, string path, string file, ICollection<DatasetProblem> problems)
{
    /// <summary>In the order in which they are asked for, type and name first.</summary>
    private readonly List<string> known = ["type", "name"];

    public string Place(string name) => path.Length == 0 ? name : $"{path}.{name}";

    public void Problem(string name, string found, string expected, string fix) => problems.Add(new(file, null, Place(name), found, expected, fix));

    /// <summary>A required text; "" when there is none.</summary>
    public string Text(string name, string expected) => Taken(name, expected) is not { } value ? ""
        : value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : Wrong(name, value, expected, "");

    /// <param name="otherwise">Null when the field is required.</param>
    public AnswerTemplate Template(string name, AnswerTemplate? otherwise = null)
    {
        const string Expected = "a text such as {{ sample.output_text }}";
        return (otherwise is null ? Taken(name, Expected) : Given(name)) is not { } value ? otherwise ?? AnswerTemplate.OutputText
            : value.ValueKind == JsonValueKind.String ? TemplateIn(name, value.GetString()!) : Wrong(name, value, Expected, AnswerTemplate.OutputText);
    }

    public T OneOf<T>(string name, IReadOnlyDictionary<string, T> words)
    {
        var expected = string.Join(" or ", words.Keys.Select(word => $"\"{word}\""));
        if (Taken(name, expected) is not { } value)
        {
            return words.Values.First();
        }

        var said = value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        if (!words.TryGetValue(said, out var meant))
        {
            Problem(name, RequestCheck.Found(value), expected, NearestName.Of(said, words.Keys) is { } near ? $"Did you mean \"{near}\"?" : "Use one of these.");
            return words.Values.First();
        }

        return meant;
    }

    public double? Number(string name, double least, double most) => Given(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.GetDouble() is var number && number >= least && number <= most ? number
        : Wrong(name, value, $"a number from {least} to {most}", least);

    /// <summary>A required list of one or more texts, none empty.</summary>
    public IReadOnlyList<string> Texts(string name)
    {
        const string Expected = "a list of texts";
        return Taken(name, Expected) is not { } value ? []
            : value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0 && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String && item.GetString() is { Length: > 0 })
                ? [.. value.EnumerateArray().Select(item => item.GetString()!)]
                : Wrong<IReadOnlyList<string>>(name, value, Expected, []);
    }

    /// <summary>A text, or turns with role and content; null when the field is missing.</summary>
    public IReadOnlyList<TurnTemplate>? Turns(string name) => Given(name) is not { } value ? null : value.ValueKind switch
    {
        JsonValueKind.String => [new("user", TemplateIn(name, value.GetString()!))],
        JsonValueKind.Array when value.GetArrayLength() > 0 && value.EnumerateArray().All(IsTurn) =>
            [.. value.EnumerateArray().Select((turn, i) => new TurnTemplate(turn.GetProperty("role").GetString()!, TemplateIn($"{name}[{i}].content", turn.GetProperty("content").GetString()!)))],
        _ => Wrong<IReadOnlyList<TurnTemplate>?>(name, value, "a text, or a list of {\"role\": …, \"content\": …} with texts in both", null),
    };

    /// <summary>A field of any type, or null when it is missing.</summary>
    public JsonElement? Given(string name)
    {
        known.AddRange(known.Contains(name) ? [] : [name]);
        return json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    /// <summary>A required field of any type; null, and a problem, when it is missing.</summary>
    public JsonElement? Taken(string name, string expected)
    {
        if (Given(name) is { } value)
        {
            return value;
        }

        Problem(name, "nothing", expected, $"Add \"{name}\".");
        return null;
    }

    public T Wrong<T>(string name, JsonElement value, string expected, T instead)
    {
        Problem(name, RequestCheck.Found(value), expected, "Correct the value.");
        return instead;
    }

    /// <summary>To be called last: what was never asked for is unknown.</summary>
    public void RefuseOthers()
    {
        HashSet<string> seen = [];
        foreach (var field in json.EnumerateObject())
        {
            if (!seen.Add(field.Name))
            {
                Problem(field.Name, "the same field twice", "each field once", "Remove one of them.");
            }
            else if (!known.Contains(field.Name))
            {
                Problem(field.Name, $"an unknown field \"{field.Name}\"", string.Join(", ", known), NearestName.Of(field.Name, known) is { } near ? $"Did you mean \"{near}\"?" : "Remove it.");
            }
        }
    }

    private AnswerTemplate TemplateIn(string name, string text)
    {
        try
        {
            return TemplateParser.Parse(text);
        }
        catch (GraderSyntaxException e)
        {
            Problem(name, e.Found, e.Expected, e.Fix);
            return AnswerTemplate.OutputText;
        }
    }

    private static bool IsTurn(JsonElement turn) => turn.ValueKind == JsonValueKind.Object
        && turn.TryGetProperty("role", out var role) && role.ValueKind == JsonValueKind.String
        && turn.TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.String
        && turn.EnumerateObject().Count() == 2;
}
