using System.Text.Json;

namespace ServerlessTuning.Datasets.Tests.Preparation;

/// <summary>Dataset files for tests.</summary>
internal static class Lines
{
    public static string Join(IEnumerable<string> lines) => string.Concat(lines.Select(static line => line + "\n"));

    public static string Chat(int i) => Chat(("user", $"question {i}"), ("assistant", $"answer {i}"));

    public static string Chat(params (string Role, string Content)[] messages) =>
        JsonSerializer.Serialize(new { messages = messages.Select(static message => new { role = message.Role, content = message.Content }) });

    public static string Prompt(int i) => JsonSerializer.Serialize(new { prompt = $"question {i} ", completion = $"answer {i}" });

    /// <summary>A good file of 40 lines, with one of them replaced.</summary>
    public static string ChatsBut(int number, string line) => Join(Enumerable.Range(1, 40).Select(i => i == number ? line : Chat(i)));
}
