using System.Globalization;
using System.Text;
using System.Text.Json;
using ServerlessTuning.Datasets.Examples;
using ServerlessTuning.Datasets.Validation;

namespace ServerlessTuning.Datasets.Formats;

/// <summary><c>{"text": …, "label": …}</c> or <c>{"text": …, "labels": […]}</c>: a name, a number, true or false, or a list of names.</summary>
internal static class LabeledFields
{
    public static void Read(JsonElement fields, ExampleRecord example, LineProblems problems)
    {
        if (!fields.TryGetProperty("text", out var text))
        {
            problems.Add("text", "no \"text\"", "an object with \"text\" and \"label\"", "Correct or add the field.");
        }
        else if (Text(text, "text", example, problems) is { } content)
        {
            example.Add(new(Role.Text, content, Supervised: true));
        }

        var name = fields.TryGetProperty("labels", out var label) ? "labels" : "label";
        if (name == "labels" || fields.TryGetProperty("label", out label))
        {
            Labels(label, name, example, problems);
        }
        else
        {
            problems.Add("label", "no \"label\"", "an object with \"text\" and \"label\"", "Add the label, or remove the line.");
        }
    }

    /// <summary>The cell of a table.</summary>
    public static void AddCell(ReadOnlySpan<byte> cell, ExampleRecord example)
    {
        var text = Encoding.UTF8.GetString(cell);
        example.AddLabel(text);
        example.IsNumber = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number);
    }

    /// <summary>A text that must not be empty.</summary>
    public static Slice? Text(JsonElement value, string field, ExampleRecord example, LineProblems problems)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            problems.Add(field, Describe(value), "a string", "Write the text in quotes.");
            return null;
        }

        var text = example.Append(Encoding.UTF8.GetBytes(value.GetString()!));
        if (text.Length == 0)
        {
            TextLine.ReportEmpty(field, problems);
        }

        return text;
    }

    private static void Labels(JsonElement label, string field, ExampleRecord example, LineProblems problems)
    {
        if (label.ValueKind == JsonValueKind.Array)
        {
            example.IsList = true;
            foreach (var (i, one) in label.EnumerateArray().Index())
            {
                Label(one, $"{field}[{i}]", example, problems);
            }
        }
        else
        {
            Label(label, field, example, problems);
        }
    }

    private static void Label(JsonElement label, string field, ExampleRecord example, LineProblems problems)
    {
        if (label.ValueKind == JsonValueKind.String && label.GetString() is { Length: > 0 } name)
        {
            example.AddLabel(name);
        }
        else if (label.ValueKind is JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False)
        {
            example.AddLabel(label.GetRawText());
            example.IsNumber = label.ValueKind == JsonValueKind.Number;
        }
        else
        {
            problems.Add(field, Describe(label), "a name, a number, or true or false", "Write the label, or remove the line.");
        }
    }

    internal static string Describe(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => "an array",
        JsonValueKind.Object => "an object",
        JsonValueKind.Null => "null",
        JsonValueKind.String when value.GetString()!.Length == 0 => "an empty string",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        _ => "true or false",
    };
}
