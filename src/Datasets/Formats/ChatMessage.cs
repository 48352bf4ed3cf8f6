using System.Text;
using System.Text.Json;
using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Examples;
using ServerlessTuning.Datasets.Validation;

namespace ServerlessTuning.Datasets.Formats;

/// <summary>One message of a chat: its fields in any order, then the rules that join them.</summary>
internal sealed class ChatMessage
{
    private static readonly string[] Roles = ["system", "developer", "user", "assistant", "tool"];
    private static readonly string[] KnownFields = ["role", "content", "name", "weight", "tool_calls", "tool_call_id", "refusal"];

    private int index;
    private string list = "messages";
    private Role? role;
    private bool roleSeen, contentSeen, contentNull;
    private Slice content, toolCalls, name, toolCallId;
    private int? weight;
    private bool contentWrong;

    public static string NameOf(Role role) => Roles[(int)role];

    /// <param name="reader">At the message's opening brace; left at its closing one.</param>
    /// <param name="messageList">The field that holds the message, for problems.</param>
    public void Read(ref Utf8JsonReader reader, ReadOnlySpan<byte> line, string messageList, int messageIndex, ExampleRecord example, ToolNames tools, LineProblems problems)
    {
        (list, index) = (messageList, messageIndex);
        (role, roleSeen, contentSeen, contentNull, contentWrong, weight) = (null, false, false, false, false, null);
        content = toolCalls = name = toolCallId = default;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("role"u8))
            {
                ReadRole(ref reader, problems);
            }
            else if (reader.ValueTextEquals("content"u8))
            {
                ReadContent(ref reader, example, problems);
            }
            else if (reader.ValueTextEquals("weight"u8))
            {
                ReadWeight(ref reader, problems);
            }
            else if (reader.ValueTextEquals("tool_calls"u8))
            {
                reader.Read();
                toolCalls = reader.TokenType == JsonTokenType.Null ? default : tools.ReadCalls(ref reader, line, index, example, problems);
            }
            else if (reader.ValueTextEquals("tool_call_id"u8))
            {
                toolCallId = ReadText(ref reader, "tool_call_id", example, problems);
            }
            else if (reader.ValueTextEquals("name"u8))
            {
                name = ReadText(ref reader, "name", example, problems);
            }
            else
            {
                SkipOther(ref reader, problems);
            }
        }

        Check(example, tools, problems);
    }

    private string Path(string field) => $"{list}[{index}].{field}";

    private void ReadRole(ref Utf8JsonReader reader, LineProblems problems)
    {
        reader.Read();
        roleSeen = true;
        role = reader.TokenType != JsonTokenType.String ? null
            : reader.ValueTextEquals("user"u8) ? Role.User
            : reader.ValueTextEquals("assistant"u8) ? Role.Assistant
            : reader.ValueTextEquals("system"u8) ? Role.System
            : reader.ValueTextEquals("tool"u8) ? Role.Tool
            : reader.ValueTextEquals("developer"u8) ? Role.Developer
            : null;
        if (role is null)
        {
            var found = reader.TokenType == JsonTokenType.String ? reader.GetString()! : null;
            problems.Add(Path("role"), found is null ? JsonField.Describe(reader.TokenType) : $"the unknown role {Quoted.Text(found)}",
                "system, developer, user, assistant or tool", found is not null && Meant(found) is { } near ? $"Did you mean \"{near}\"?" : "Use one of these roles.");
            reader.Skip();
        }
    }

    private static string? Meant(string role) => role.ToLowerInvariant() switch
    {
        "human" => "user",
        "gpt" or "bot" or "model" or "ai" or "chatgpt" => "assistant",
        "function" or "observation" => "tool",
        var other => NearestName.Of(other, Roles),
    };

    private void ReadContent(ref Utf8JsonReader reader, ExampleRecord example, LineProblems problems)
    {
        reader.Read();
        if (contentSeen)
        {
            problems.Add(Path("content"), "a second \"content\"", "one", "Remove one of them.");
        }

        contentSeen = true;
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                content = JsonField.Copy(ref reader, example);
                break;
            case JsonTokenType.Null:
                contentNull = true;
                break;
            case JsonTokenType.StartArray:
                ReadParts(ref reader, example, problems);
                break;
            default:
                contentWrong = true;
                problems.Add(Path("content"), JsonField.Describe(reader.TokenType), "a string", "Write the text in quotes.");
                reader.Skip();
                break;
        }
    }

    /// <summary>Parts of type text; they are said without anything between them.</summary>
    private void ReadParts(ref Utf8JsonReader reader, ExampleRecord example, LineProblems problems)
    {
        var joined = example.Append([]);
        for (var part = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; part++)
        {
            var text = ReadPart(ref reader, part, example, problems);
            joined = joined with { Length = joined.Length + text.Length };
        }

        content = joined;
    }

    private Slice ReadPart(ref Utf8JsonReader reader, int part, ExampleRecord example, LineProblems problems)
    {
        Slice text = default;
        string? type = null;
        var textSeen = false;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            problems.Add(Path($"content[{part}]"), JsonField.Describe(reader.TokenType), "a part", "Write {\"type\": \"text\", \"text\": \"…\"}.");
            contentWrong = true;
            reader.Skip();
            return text;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isType = reader.ValueTextEquals("type"u8);
            var isText = reader.ValueTextEquals("text"u8);
            reader.Read();
            if (isType && reader.TokenType == JsonTokenType.String)
            {
                type = reader.ValueTextEquals("text"u8) ? "text" : reader.GetString();
            }
            else if (isText && reader.TokenType == JsonTokenType.String && !textSeen)
            {
                (textSeen, text) = (true, JsonField.Copy(ref reader, example));
            }
            else
            {
                reader.Skip();
            }
        }

        if (type != "text" || !textSeen)
        {
            contentWrong = true;
            problems.Add(Path($"content[{part}]"), type is null ? "a part without a type" : type == "text" ? "a text part without text" : $"a part of type {Quoted.Text(type)}",
                "a part of type \"text\"", "Only text can be learned so far; remove the part or the line.");
        }

        return text;
    }

    private void ReadWeight(ref Utf8JsonReader reader, LineProblems problems)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var value) && value is 0 or 1)
        {
            weight = (int)value;
        }
        else if (reader.TokenType != JsonTokenType.Null)
        {
            problems.Add(Path("weight"), reader.TokenType == JsonTokenType.Number ? Encoding.UTF8.GetString(reader.ValueSpan) : JsonField.Describe(reader.TokenType),
                "0 or 1", "Write 0 to leave the message out of the loss, 1 or nothing to learn it.");
            reader.Skip();
        }
    }

    private Slice ReadText(ref Utf8JsonReader reader, string field, ExampleRecord example, LineProblems problems)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String)
        {
            return JsonField.Copy(ref reader, example);
        }

        if (reader.TokenType != JsonTokenType.Null)
        {
            problems.Add(Path(field), JsonField.Describe(reader.TokenType), "a string", "Write it in quotes, or remove it.");
            reader.Skip();
        }

        return default;
    }

    private void SkipOther(ref Utf8JsonReader reader, LineProblems problems)
    {
        var field = reader.GetString()!;
        reader.Read();
        if (field == "function_call" && reader.TokenType != JsonTokenType.Null)
        {
            problems.Add(Path(field), "the old form of a tool call", "\"tool_calls\"", "Write \"tool_calls\": [{\"id\": \"…\", \"type\": \"function\", \"function\": {…}}].");
        }
        else if (!KnownFields.Contains(field) && reader.TokenType != JsonTokenType.Null)
        {
            problems.Add(Path(field), $"an unknown field \"{field}\"", string.Join(", ", KnownFields), NearestName.Of(field, KnownFields) is { } near
                ? $"Did you mean \"{near}\"?" : "Remove it from the message.");
        }

        reader.Skip();
    }

    private void Check(ExampleRecord example, ToolNames tools, LineProblems problems)
    {
        if (!roleSeen)
        {
            problems.Add(Path("role"), "no role", "system, developer, user, assistant or tool", "Say who speaks.");
        }

        if (role is not { } speaker)
        {
            return;
        }

        CheckContent(speaker, problems);
        if (weight is not null && speaker != Role.Assistant)
        {
            problems.Add(Path("weight"), $"a weight on a message of the {NameOf(speaker)}", "a weight only on the assistant's messages", "Remove it.");
        }

        if (toolCalls.Length > 0 && speaker != Role.Assistant)
        {
            problems.Add(Path("tool_calls"), $"tool calls of the {NameOf(speaker)}", "tool calls only in the assistant's messages", "Remove them.");
        }

        if (speaker == Role.Tool)
        {
            tools.CheckAnswer(toolCallId, index, example, problems);
        }

        example.Add(new(speaker, content, speaker == Role.Assistant && weight != 0, toolCalls, name, toolCallId));
    }

    private void CheckContent(Role speaker, LineProblems problems)
    {
        var mayBeEmpty = speaker == Role.Tool || (speaker == Role.Assistant && toolCalls.Length > 0);
        if (contentWrong || (content.Length > 0) || (mayBeEmpty && (contentSeen || speaker == Role.Assistant)))
        {
            return;
        }

        problems.Add(Path("content"), !contentSeen ? "no content" : contentNull ? "null" : "empty content",
            "a text" + (speaker == Role.Assistant ? ", or tool calls" : ""), $"Write what the {NameOf(speaker)} says, or remove the line.");
    }
}
