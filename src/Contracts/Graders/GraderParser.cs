using System.Text.Json;
using System.Text.RegularExpressions;

namespace ServerlessTuning.Contracts.Graders;

/// <summary>Reads a grader and says everything that is wrong with it at once.</summary>
internal sealed partial class GraderParser(string file, ICollection<DatasetProblem> problems)
{
    private static readonly Dictionary<string, Func<GraderParser, GraderFields, string, GraderRequest>> types = new()
    {
        ["string_check"] = (_, fields, name) => new StringCheckRequest(name, fields.Template("input"), fields.Template("reference"), fields.OneOf("operation", GraderWords.Operations)),
        ["text_similarity"] = (_, fields, name) => new TextSimilarityRequest(
            name, fields.Template("input"), fields.Template("reference"), fields.OneOf("evaluation_metric", GraderWords.Metrics), fields.Number("pass_threshold", 0, 1)),
        ["regex"] = (_, fields, name) => new RegexRequest(name, fields.Template("input", AnswerTemplate.OutputText), Pattern(fields)),
        ["json_schema"] = (parser, fields, name) => new JsonSchemaRequest(name, fields.Template("input", AnswerTemplate.OutputText), parser.Schema(fields)),
        ["endpoint"] = (_, fields, name) => EndpointFields.Read(fields, name),
        ["multi"] = (parser, fields, name) => parser.Multi(fields, name),
        ["score_model"] = (_, fields, name) => new ScoreModelRequest(name, Model(fields), fields.Turns("input"), Range(fields)),
        ["label_model"] = (_, fields, name) => LabelModel(fields, name),
    };

    /// <param name="key">The name that <c>multi</c> gives it, which counts more than its own; null for a grader that stands alone.</param>
    public GraderRequest? Parse(JsonElement json, string path, string? key = null)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            problems.Add(new(file, null, path.Length == 0 ? null : path, RequestCheck.Found(json), "a grader: a JSON object with type and name", "Write it in braces: { … }."));
            return null;
        }

        var fields = new GraderFields(json, path, file, problems);
        if (Type(fields) is not { } type)
        {
            return null;
        }

        var name = key ?? fields.Text("name", "a name for errors and reports");
        var request = types[type](this, fields, name);
        fields.RefuseOthers();
        return request;
    }

    private static string? Type(GraderFields fields)
    {
        var expected = string.Join(", ", types.Keys);
        if (fields.Taken("type", expected) is not { } value)
        {
            return null;
        }

        var type = value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        if (types.ContainsKey(type))
        {
            return type;
        }

        fields.Problem("type", RequestCheck.Found(value), expected, type == "python"
            ? "No Python runs here: use string_check, regex, json_schema or text_similarity with multi, or serve your code behind an endpoint grader."
            : NearestName.Of(type, types.Keys) is { } near ? $"Did you mean \"{near}\"?" : "Use one of these.");
        return null;
    }

    private static BoundedPattern Pattern(GraderFields fields)
    {
        var text = fields.Text("pattern", "a regular expression");
        try
        {
            return new(text, Options(fields));
        }
        catch (ArgumentException e)
        {
            fields.Problem("pattern", $"a pattern that cannot be read ({e.Message})", "a regular expression", "Correct the pattern; in JSON a backslash is written twice.");
            return new("");
        }
    }

    private static RegexOptions Options(GraderFields fields)
    {
        if (fields.Given("options") is not { } value)
        {
            return RegexOptions.None;
        }

        var letters = value.ValueKind == JsonValueKind.String ? value.GetString()! : "?";
        return letters.Trim('i', 'm', 's').Length > 0
            ? fields.Wrong("options", value, "letters of i (any case), m (^ and $ at line ends), s (. takes line ends too)", RegexOptions.None)
            : (letters.Contains('i') ? RegexOptions.IgnoreCase : 0) | (letters.Contains('m') ? RegexOptions.Multiline : 0) | (letters.Contains('s') ? RegexOptions.Singleline : 0);
    }

    private JsonSchema Schema(GraderFields fields) =>
        fields.Taken("schema", "a JSON Schema") is { } schema ? JsonSchema.Compile(schema, fields.Place("schema"), file, problems) : new();

    private MultiRequest Multi(GraderFields fields, string name)
    {
        var graders = fields.Taken("graders", "an object of graders by name") is { } value ? Graders(fields, value) : [];
        var output = Output(fields);
        foreach (var unknown in output.Names.Where(named => graders.TrueForAll(grader => grader.Name != named) && graders.Count > 0))
        {
            fields.Problem("calculate_output", $"the name {unknown}", $"a grader of this multi: {string.Join(", ", graders.Select(grader => grader.Name))}",
                NearestName.Of(unknown, graders.Select(grader => grader.Name)) is { } near ? $"Did you mean \"{near}\"?" : "Name one of these, or add the grader.");
        }

        return new(name, graders, output);
    }

    private List<GraderRequest> Graders(GraderFields fields, JsonElement value)
    {
        List<GraderRequest> graders = [];
        if (value.ValueKind != JsonValueKind.Object || !value.EnumerateObject().Any())
        {
            return fields.Wrong("graders", value, "an object of one or more graders by name", graders);
        }

        foreach (var grader in value.EnumerateObject())
        {
            var place = $"graders.{grader.Name}";
            if (!GraderName().IsMatch(grader.Name) || Formula.Functions.ContainsKey(grader.Name) || graders.Exists(other => other.Name == grader.Name))
            {
                fields.Problem(place, $"the name \"{grader.Name}\"", "a name of letters, digits and _ that begins with no digit, is no function, and occurs once", "Choose a name that the formula can use.");
            }

            var request = Parse(grader.Value, fields.Place(place), grader.Name);
            if (request is MultiRequest)
            {
                fields.Problem(place, "a multi inside a multi", "a grader of another type", "Write one formula over all of the graders.");
            }

            graders.AddRange(request is null ? [] : [request]);
        }

        return graders;
    }

    private static Formula Output(GraderFields fields)
    {
        var text = fields.Text("calculate_output", "a formula such as 0.7 * accuracy + 0.3 * style");
        try
        {
            return Formula.Parse(text.Length == 0 ? "0" : text);
        }
        catch (GraderSyntaxException e)
        {
            fields.Problem("calculate_output", e.Found, e.Expected, e.Fix);
            return Formula.Parse("0");
        }
    }

    private static LabelModelRequest LabelModel(GraderFields fields, string name)
    {
        var (model, labels, passing) = (Model(fields), fields.Texts("labels"), fields.Texts("passing_labels"));
        if (passing.Except(labels).FirstOrDefault() is { } stranger && labels.Count > 0)
        {
            fields.Problem("passing_labels", $"\"{stranger}\"", $"labels of this grader: {string.Join(", ", labels)}", "Add it to labels, or remove it.");
        }

        _ = fields.Taken("input", "a text, or a list of turns");
        return new(name, model, fields.Turns("input") ?? [], labels, passing);
    }

    private static string Model(GraderFields fields) => fields.Text("model", "the name of a published reward model");

    private static ScoreRange? Range(GraderFields fields) => fields.Given("range") is not { } value ? null
        : value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 2 && value.EnumerateArray().All(end => end.ValueKind == JsonValueKind.Number && double.IsFinite(end.GetDouble()))
          && value[0].GetDouble() < value[1].GetDouble() ? new(value[0].GetDouble(), value[1].GetDouble())
        : fields.Wrong<ScoreRange?>("range", value, "two numbers, the smaller first", null);

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]*\z")]
    private static partial Regex GraderName();
}
