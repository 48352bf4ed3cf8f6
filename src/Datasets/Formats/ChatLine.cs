using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Examples;
using ServerlessTuning.Datasets.Validation;

namespace ServerlessTuning.Datasets.Formats;

/// <summary>
/// One line of OpenAI's chat format: <c>{"messages": [...], "tools": [...]?}</c>. Fields beside these that are no misspelling of them
/// (an id, a source) are passed over; within a message every field must be known.
/// </summary>
internal sealed class ChatLine
{
    private static readonly string[] KnownFields = ["messages", "tools", "parallel_tool_calls"];

    private readonly ChatMessage message = new();
    private readonly ToolNames tools = new();

    /// <param name="reader">At the line's opening brace; left at its closing one.</param>
    public void Read(ref Utf8JsonReader reader, ReadOnlySpan<byte> line, ExampleRecord example, LineProblems problems)
    {
        tools.Clear();
        var found = false;
        string? other = null;                                 // a field that may be "messages" misspelled
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("messages"u8))
            {
                reader.Read();
                if (found)
                {
                    problems.Add("messages", "a second \"messages\"", "one", "Remove one of them.");
                }

                found = true;
                ReadMessages(ref reader, line, "messages", example, problems);
            }
            else if (reader.ValueTextEquals("tools"u8))
            {
                reader.Read();
                example.Tools = tools.ReadDeclared(ref reader, line, example, problems);
            }
            else
            {
                other ??= SkipOther(ref reader, problems);
            }
        }

        if (!found)
        {
            problems.Add(null, "no \"messages\"" + (other is null ? "" : $", but \"{other}\""), "an object with \"messages\", as in the lines before", "Correct or add the field, or move lines of another format to a file of their own.");
            return;
        }

        tools.Check(example, problems);
        CheckTurns(example, problems);
    }

    /// <summary>The messages of one field, for lines that have several such fields.</summary>
    public void ReadPart(JsonElement messages, string field, ExampleRecord example, LineProblems problems)
    {
        tools.Clear();
        var text = JsonMarshal.GetRawUtf8Value(messages);
        var reader = new Utf8JsonReader(text);
        reader.Read();
        ReadMessages(ref reader, text, field, example, problems);
    }

    private void ReadMessages(ref Utf8JsonReader reader, ReadOnlySpan<byte> line, string field, ExampleRecord example, LineProblems problems)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            problems.Add(field, JsonField.Describe(reader.TokenType), "an array of messages", $"Write \"{field}\": [{{\"role\": \"user\", \"content\": \"…\"}}, …].");
            reader.Skip();
            return;
        }

        for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
        {
            if (reader.TokenType == JsonTokenType.StartObject)
            {
                message.Read(ref reader, line, field, index, example, tools, problems);
            }
            else
            {
                problems.Add($"{field}[{index}]", JsonField.Describe(reader.TokenType), "a message", "Write {\"role\": \"user\", \"content\": \"…\"}.");
                reader.Skip();
            }
        }
    }

    /// <returns>The name, when it resembles "messages".</returns>
    private static string? SkipOther(ref Utf8JsonReader reader, LineProblems problems)
    {
        var name = Encoding.UTF8.GetString(reader.ValueSpan);
        var near = KnownFields.Contains(name) ? null : NearestName.Of(name, KnownFields);
        if (name is "functions" or "function_call")
        {
            problems.Add(name, "the old form of tools", "\"tools\"", "Write each function as {\"type\": \"function\", \"function\": {…}} in \"tools\".");
        }
        else if (near is not null and not "messages")
        {
            problems.Add(name, $"an unknown field \"{name}\"", $"\"{near}\"", $"Did you mean \"{near}\"? Correct the name, or rename the field if it is meant for something else.");
        }

        reader.Read();
        reader.Skip();
        return near == "messages" ? name : null;
    }

    /// <summary>Rules about the conversation as a whole; only asked when each message is right by itself.</summary>
    private static void CheckTurns(ExampleRecord example, LineProblems problems)
    {
        if (!problems.None)
        {
            return;
        }

        var turns = example.Turns;
        if (turns.Count == 0)
        {
            problems.Add("messages", "no message", "at least one message of the user and one of the assistant", "Add the conversation, or remove the line.");
        }
        else if (!turns.Any(static turn => turn.Role == Role.Assistant))
        {
            problems.Add("messages", "no message of the assistant", "at least one message with role \"assistant\"", "Add the answer to learn, or remove the line.");
        }
        else if (turns[^1].Role != Role.Assistant)
        {
            problems.Add($"messages[{turns.Count - 1}].role", $"\"{ChatMessage.NameOf(turns[^1].Role)}\" as the last role", "\"assistant\"",
                "End the conversation with the assistant's answer.");
        }
        else if (!turns.Any(static turn => turn.Supervised))
        {
            problems.Add("messages", "weight 0 on every message of the assistant", "at least one with weight 1, which is the default",
                "Remove a weight, or remove the line: there is nothing to learn from it.");
        }
    }
}
