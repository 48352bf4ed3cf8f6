using System.Text;
using System.Text.Json;

namespace ServerlessTuning.Contracts.Graders;

/// <summary>Text with <c>{{ sample.output_text }}</c>, <c>{{ sample.output_json.x }}</c> and <c>{{ item.a.b[0] }}</c> in it.</summary>
/// <param name="parts">Literal texts and places, in order.</param>
public sealed class AnswerTemplate(IReadOnlyList<TemplatePart> parts)
{
    public static AnswerTemplate OutputText { get; } = TemplateParser.Parse("{{ sample.output_text }}");

    /// <summary>Strings as they are; every other value as its JSON.</summary>
    /// <param name="grader">Named in the error.</param>
    /// <exception cref="GraderException">The item lacks a field.</exception>
    public Rendering Render(AnswerToGrade answer, string grader)
    {
        var text = new StringBuilder();
        foreach (var part in parts)
        {
            if (part.Place is not { } place)
            {
                text.Append(part.Literal);
            }
            else if (place.Root == TemplateRoot.OutputText)
            {
                text.Append(answer.OutputText);
            }
            else if (Value(answer, place) is { } value)
            {
                text.Append(value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText());
            }
            else if (place.Root == TemplateRoot.OutputJson)
            {
                return new("", answer.OutputJson is null ? "the answer is not JSON" : $"the answer's JSON has no {place}");
            }
            else
            {
                throw Missing(answer, place, grader);
            }
        }

        return new(text.ToString(), null);
    }

    private static JsonElement? Value(AnswerToGrade answer, TemplatePlace place)
    {
        var value = place.Root == TemplateRoot.Item ? answer.Item : answer.OutputJson;
        foreach (var step in place.Steps)
        {
            value = value is not { } parent ? null
                : step.Index is { } index ? parent.ValueKind == JsonValueKind.Array && index < parent.GetArrayLength() ? parent[index] : null
                : parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(step.Name!, out var child) ? child : null;
        }

        return value;
    }

    private static GraderException Missing(AnswerToGrade answer, TemplatePlace place, string grader)
    {
        var fields = answer.Item.ValueKind == JsonValueKind.Object ? string.Join(", ", answer.Item.EnumerateObject().Select(field => field.Name)) : "";
        return new(grader, $"no {place} in an item with {(fields.Length == 0 ? "no fields" : $"the fields {fields}")}", "every field that a template names in every line of the dataset",
            "Add the field to the line, or correct the template.");
    }
}

/// <param name="SampleProblem">Why the answer cannot be put into the template, which costs it the reward; null when it can.</param>
public sealed record Rendering(string Text, string? SampleProblem);

/// <summary>Either a literal text or a place.</summary>
public sealed record TemplatePart(string? Literal, TemplatePlace? Place);

/// <summary>Where a value comes from.</summary>
public enum TemplateRoot
{
    OutputText,
    OutputJson,
    Item,
}

/// <param name="Source">As it was written, for errors.</param>
public sealed record TemplatePlace(TemplateRoot Root, IReadOnlyList<TemplateStep> Steps, string Source)
{
    public override string ToString() => Source;
}

/// <summary>Into an object by name or into a list by position.</summary>
public sealed record TemplateStep(string? Name, int? Index);
