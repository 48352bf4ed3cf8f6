using System.Collections;

namespace ServerlessTuning.Embedded.Functions.Invocation;

/// <summary>The log scope of an invocation; its two names are those that Azure's telemetry has.</summary>
internal sealed class InvocationMark(string function, string id) : IReadOnlyList<KeyValuePair<string, object?>>
{
    public int Count => 2;

    public KeyValuePair<string, object?> this[int index] => index switch
    {
        0 => new("AzureFunctions_FunctionName", function),
        1 => new("AzureFunctions_InvocationId", id),
        _ => throw new ArgumentOutOfRangeException(nameof(index), index, "There are two: 0 and 1."),
    };

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        yield return this[0];
        yield return this[1];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => $"{function} {id}";
}
