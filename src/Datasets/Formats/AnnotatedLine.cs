using System.Text.Json;
using ServerlessTuning.Datasets.Examples;
using ServerlessTuning.Datasets.Validation;

namespace ServerlessTuning.Datasets.Formats;

/// <summary>
/// A line that says more than what is said: labels, tags, which answer is better, or what a grader needs. OpenAI's preference and reinforcement lines,
/// TRL's preference lines, and the usual names of labelled data. Fields beside these are passed over.
/// </summary>
internal sealed class AnnotatedLine
{
    private readonly ChatLine chat = new();

    public void Read(ReadOnlySpan<byte> line, ExampleKind kind, ExampleRecord example, LineProblems problems)
    {
        using var document = JsonDocument.Parse(line.ToArray());
        var fields = document.RootElement;
        switch (kind)
        {
            case ExampleKind.Labeled:
                LabeledFields.Read(fields, example, problems);
                break;
            case ExampleKind.Tagged:
                TaggedFields.Read(fields, example, problems);
                break;
            case ExampleKind.Preference:
                Preference(fields, example, problems);
                break;
            case ExampleKind.Judged:
                Judged(fields, example, problems);
                break;
            default:
                Question(fields, example, problems);
                example.Row = example.Append(line);
                break;
        }
    }

    private void Preference(JsonElement fields, ExampleRecord example, LineProblems problems)
    {
        if (fields.TryGetProperty("input", out var input) && input.ValueKind == JsonValueKind.Object)
        {
            Speech(input, "messages", Role.Prompt, Answer.None, example, problems);
        }
        else if (fields.TryGetProperty("prompt", out _))
        {
            Speech(fields, "prompt", Role.Prompt, Answer.None, example, problems);
        }
        else
        {
            problems.Add(null, "neither \"prompt\" nor \"input\"", "what was asked", "Write \"prompt\" beside \"chosen\" and \"rejected\", as a text or as messages.");
        }

        Speech(fields, NameOf(fields, "chosen", "preferred_output", "preferred_completion"), Role.Completion, Answer.Chosen, example, problems);
        Speech(fields, NameOf(fields, "rejected", "non_preferred_output", "non_preferred_completion"), Role.Completion, Answer.Rejected, example, problems);
        if (problems.None)
        {
            CheckPair(example, problems);
        }
    }

    private void Judged(JsonElement fields, ExampleRecord example, LineProblems problems)
    {
        Speech(fields, "prompt", Role.Prompt, Answer.None, example, problems);
        Speech(fields, "completion", Role.Completion, Answer.Chosen, example, problems);
        var judgement = NameOf(fields, "label", "kto_tag");
        if (fields.TryGetProperty(judgement, out var label) && label.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            example.AddLabel(label.GetRawText());
            return;
        }

        problems.Add(judgement, label.ValueKind == JsonValueKind.Undefined ? $"no \"{judgement}\"" : label.GetRawText(), "true for a good answer, false for a bad one", "Say of each answer whether it is good.");
    }

    private void Question(JsonElement fields, ExampleRecord example, LineProblems problems)
    {
        Speech(fields, NameOf(fields, "messages", "prompt"), Role.Prompt, Answer.None, example, problems);
        if (problems.None && example.Turns[^1].Role == Role.Assistant)
        {
            problems.Add($"messages[{example.Turns.Count - 1}].role", "\"assistant\" as the last role", "a conversation that ends with the user, because the model is to answer",
                "Move the reference answer to a field of its own, which the grader can compare with.");
        }
    }

    /// <summary>A text, or messages.</summary>
    private void Speech(JsonElement fields, string field, Role role, Answer answer, ExampleRecord example, LineProblems problems)
    {
        var before = example.Turns.Count;
        if (!fields.TryGetProperty(field, out var said))
        {
            problems.Add(field, $"no \"{field}\"", "a text or a list of messages", "Correct or add the field, or move lines of another format to a file of their own.");
        }
        else if (said.ValueKind == JsonValueKind.Array)
        {
            chat.ReadPart(said, field, example, problems);
            example.Answers(before, answer);
        }
        else if (LabeledFields.Text(said, field, example, problems) is { } text)
        {
            example.Add(new(role, text, Supervised: answer != Answer.None, Answer: answer));
        }
    }

    internal static void CheckPair(ExampleRecord example, LineProblems problems)
    {
        List<Turn> Of(Answer answer) => [.. example.Turns.Where(turn => turn.Answer == answer)];
        var (asked, chosen, rejected) = (Of(Answer.None), Of(Answer.Chosen), Of(Answer.Rejected));
        if (asked.Any(static turn => turn.Role == Role.Prompt) != chosen.Concat(rejected).All(static turn => turn.Role == Role.Completion))
        {
            problems.Add(null, "a text beside messages", "prompt, chosen and rejected all as texts, or all as lists of messages", "Write all three in one form.");
        }
        else if (chosen.Count == rejected.Count && chosen.Zip(rejected).All(pair => example[pair.First.Content].SequenceEqual(example[pair.Second.Content])
            && example[pair.First.ToolCalls].SequenceEqual(example[pair.Second.ToolCalls])))
        {
            problems.Add("rejected", "the same answer as the chosen one", "two different answers", "Remove the line: there is nothing to prefer.");
        }
        else if (!chosen.Any(static turn => turn.Supervised) || !rejected.Any(static turn => turn.Supervised))
        {
            problems.Add("chosen", "an answer without a message of the assistant", "at least one message with role \"assistant\" in each answer", "Add the answer, or remove the line.");
        }
    }

    private static string NameOf(JsonElement fields, params string[] names) => names.FirstOrDefault(name => fields.TryGetProperty(name, out _)) ?? names[0];
}
