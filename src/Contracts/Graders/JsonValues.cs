using System.Text.Json;

namespace ServerlessTuning.Contracts.Graders;

/// <summary>Equality and order of JSON values as JSON Schema has them: 1, 1.0 and 1e0 are one number, the order of an object's fields says nothing.</summary>
internal sealed class JsonValues : IEqualityComparer<JsonElement>
{
    public static JsonValues Comparer { get; } = new();

    public bool Equals(JsonElement x, JsonElement y) => JsonElement.DeepEquals(x, y);

    public int GetHashCode(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!.GetHashCode(StringComparison.Ordinal),
        JsonValueKind.Number => value.GetDouble().GetHashCode(),
        JsonValueKind.Array => value.EnumerateArray().Aggregate(1, (hash, item) => HashCode.Combine(hash, GetHashCode(item))),
        JsonValueKind.Object => value.EnumerateObject().Aggregate(2, (hash, field) => hash ^ HashCode.Combine(field.Name, GetHashCode(field.Value))),
        _ => (int)value.ValueKind,
    };

    /// <summary>Below, at or above 0. Exact where both numbers fit a decimal; else as doubles.</summary>
    public static int Compare(JsonElement left, JsonElement right)
    {
        var order = left.GetDouble().CompareTo(right.GetDouble());
        return order == 0 && left.TryGetDecimal(out var a) && right.TryGetDecimal(out var b) ? a.CompareTo(b) : order;
    }

    /// <summary>A fraction of 0 makes an integer too: 1.0 is one.</summary>
    public static bool IsInteger(JsonElement number)
    {
        var value = number.GetDouble();
        return value == Math.Truncate(value) && !(value != 0 && number.TryGetDecimal(out var exact) && exact != decimal.Truncate(exact)) && (value != 0 || IsZero(number));
    }

    /// <summary>1e-400 is read as 0, but it is no integer.</summary>
    private static bool IsZero(JsonElement number) => !number.GetRawText().Split('e', 'E')[0].AsSpan().ContainsAnyInRange('1', '9');
}
