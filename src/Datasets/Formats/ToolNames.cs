using System.Text;
using System.Text.Json;
using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Examples;
using ServerlessTuning.Datasets.Validation;

namespace ServerlessTuning.Datasets.Formats;

/// <summary>The tools of one chat: which are declared, which are called, which calls are answered.</summary>
internal sealed class ToolNames
{
    private readonly List<Slice> ids = [];
    private readonly List<string> declared = [];
    private readonly List<(string Path, Slice Name)> called = [];
    private bool anyDeclared;

    public void Clear()
    {
        ids.Clear();
        declared.Clear();
        called.Clear();
        anyDeclared = false;
    }

    /// <summary>Reads <c>"tools"</c>: <c>[{"type": "function", "function": {"name": …}}]</c>.</summary>
    public Slice ReadDeclared(ref Utf8JsonReader reader, ReadOnlySpan<byte> line, ExampleRecord example, LineProblems problems)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return default;
        }

        anyDeclared = true;
        var inside = reader;
        var raw = JsonField.CopyRaw(ref reader, line, example);
        using var tools = JsonDocument.ParseValue(ref inside);
        if (tools.RootElement.ValueKind != JsonValueKind.Array)
        {
            problems.Add("tools", JsonField.Describe(reader.TokenType), "an array of tools", "Write \"tools\": [{\"type\": \"function\", \"function\": {\"name\": \"…\"}}].");
            return raw;
        }

        var index = 0;
        foreach (var tool in tools.RootElement.EnumerateArray())
        {
            if (NameOf(tool) is { } name)
            {
                declared.Add(name);
            }
            else
            {
                problems.Add($"tools[{index}]", "a tool without function.name", "{\"type\": \"function\", \"function\": {\"name\": …}}", "Name the function.");
            }

            index++;
        }

        return raw;
    }

    /// <summary>Reads <c>"tool_calls"</c> of one message.</summary>
    public Slice ReadCalls(ref Utf8JsonReader reader, ReadOnlySpan<byte> line, int message, ExampleRecord example, LineProblems problems)
    {
        var path = $"messages[{message}].tool_calls";
        var inside = reader;
        var raw = JsonField.CopyRaw(ref reader, line, example);
        using var calls = JsonDocument.ParseValue(ref inside);
        if (calls.RootElement.ValueKind != JsonValueKind.Array || calls.RootElement.GetArrayLength() == 0)
        {
            problems.Add(path, calls.RootElement.ValueKind == JsonValueKind.Array ? "an empty array" : JsonField.Describe(reader.TokenType),
                "an array of tool calls", "Write the calls, or remove the field.");
            return raw;
        }

        var index = 0;
        foreach (var call in calls.RootElement.EnumerateArray())
        {
            ReadCall(call, $"{path}[{index++}]", example, problems);
        }

        return raw;
    }

    /// <summary>A tool's message must answer a call that came before it.</summary>
    public void CheckAnswer(Slice id, int message, ExampleRecord example, LineProblems problems)
    {
        if (id.Length == 0)
        {
            problems.Add($"messages[{message}].tool_call_id", "no tool_call_id", "the id of an earlier tool call", "Say which call the message answers.");
            return;
        }

        foreach (var known in ids)
        {
            if (example[known].SequenceEqual(example[id]))
            {
                return;
            }
        }

        problems.Add($"messages[{message}].tool_call_id", $"{Quoted.Text(example[id])}, which no earlier tool call has", "the id of an earlier tool call",
            "Correct the id, or add the assistant's message that makes the call.");
    }

    /// <summary>When tools are declared, only those may be called.</summary>
    public void Check(ExampleRecord example, LineProblems problems)
    {
        if (!anyDeclared)
        {
            return;
        }

        foreach (var (path, slice) in called)
        {
            var name = Encoding.UTF8.GetString(example[slice]);
            if (!declared.Contains(name))
            {
                problems.Add($"{path}.function.name", $"a call of {Quoted.Text(name)}, which \"tools\" does not declare", declared.Count == 0 ? "a declared tool" : string.Join(", ", declared.Take(10)),
                    $"Declare the tool, or correct the name.{NearestName.Hint(name, declared)}");
            }
        }
    }

    private void ReadCall(JsonElement call, string path, ExampleRecord example, LineProblems problems)
    {
        if (call.ValueKind == JsonValueKind.Object && call.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String && id.GetString() is { Length: > 0 } known)
        {
            ids.Add(example.Append(Encoding.UTF8.GetBytes(known)));
        }
        else
        {
            problems.Add($"{path}.id", "no id", "a string", "Give the call an id; the tool's message repeats it as tool_call_id.");
        }

        if (NameOf(call) is not { } name)
        {
            problems.Add($"{path}.function.name", "no function.name", "{\"id\": …, \"type\": \"function\", \"function\": {\"name\": …, \"arguments\": \"{…}\"}}", "Name the function.");
            return;
        }

        called.Add((path, example.Append(Encoding.UTF8.GetBytes(name))));
        CheckArguments(call.GetProperty("function"), $"{path}.function.arguments", problems);
    }

    private static void CheckArguments(JsonElement function, string path, LineProblems problems)
    {
        const string Fix = "Write the arguments as JSON in a string, for example \"{\\\"city\\\": \\\"Rome\\\"}\".";
        if (!function.TryGetProperty("arguments", out var arguments) || arguments.ValueKind != JsonValueKind.String)
        {
            problems.Add(path, arguments.ValueKind == JsonValueKind.Undefined ? "no arguments" : $"{arguments.ValueKind.ToString().ToLowerInvariant()}", "a string that holds JSON", Fix);
            return;
        }

        var text = arguments.GetString()!;
        try
        {
            using var parsed = JsonDocument.Parse(text);
        }
        catch (JsonException error)
        {
            problems.Add(path, $"{Quoted.Text(text)}, which is not JSON ({JsonField.Explain(error, int.MaxValue)})", "a string that holds JSON", Fix);
        }
    }

    private static string? NameOf(JsonElement tool) =>
        tool.ValueKind == JsonValueKind.Object && tool.TryGetProperty("function", out var function) && function.ValueKind == JsonValueKind.Object
            && function.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String && name.GetString() is { Length: > 0 } text ? text : null;
}
