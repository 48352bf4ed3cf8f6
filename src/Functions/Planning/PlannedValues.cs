using System.Text.Json;
using ServerlessTuning.Contracts;

namespace ServerlessTuning.Functions.Planning;

/// <summary>Collects the values of a plan with their reasons.</summary>
internal sealed class PlannedValues
{
    public const string Asked = "as asked for";

    private readonly List<PlannedValue> all = [];

    public IReadOnlyList<PlannedValue> All => all;

    /// <summary>The value that was asked for, or the one that follows from a rule.</summary>
    public T Take<T>(string name, T? asked, (T Value, string Reason) rule)
        where T : struct
    {
        var value = asked ?? rule.Value;
        Say(name, Text(value), asked is null ? rule.Reason : Asked);
        return value;
    }

    public void SayIf(bool holds, string name, string value, string reason)
    {
        if (holds)
        {
            Say(name, value, reason);
        }
    }

    public void Say(string name, string value, string reason) => all.Add(new(name, value, reason));

    private static string Text<T>(T value) => JsonSerializer.Serialize(value, TuningJson.Options).Trim('"');
}
