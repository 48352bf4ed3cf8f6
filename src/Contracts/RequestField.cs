using System.Globalization;
using System.Text.Json;

namespace ServerlessTuning.Contracts;

/// <summary>One field of a request: what it is called and what it may hold. Null and a missing field are always fine.</summary>
/// <param name="Expected">What belongs there, for people.</param>
/// <param name="Accepts">Whether a value is of the right type and in range.</param>
/// <param name="Fields">Of an object.</param>
/// <param name="Words">The values of an enumeration, for the nearest one.</param>
internal sealed record RequestField(
    string Name, string Expected, Func<JsonElement, bool> Accepts, IReadOnlyList<RequestField>? Fields = null, IReadOnlyList<string>? Words = null)
{
    public static RequestField Object(string name, params IReadOnlyList<RequestField> fields) =>
        new(name, $"an object with {string.Join(", ", fields.Select(field => field.Name))}", value => value.ValueKind == JsonValueKind.Object, fields);

    /// <summary>The name of a folder: it becomes part of blob names and run ids.</summary>
    public static RequestField Folder(string name) => new(name, "a name of 1 to 100 characters without / \\ # ? and control characters", value =>
        value.ValueKind == JsonValueKind.String && value.GetString() is { Length: >= 1 and <= 100 } text && text.Trim('.', ' ').Length > 0
        && !text.Any(c => c is '/' or '\\' or '#' or '?' || char.IsControl(c)));

    public static RequestField OneOf<T>(string name, bool auto = false) where T : struct, Enum
    {
        string[] words = [.. Enum.GetValues<T>().Select(value => JsonSerializer.SerializeToElement(value, TuningJson.Options).GetString()!), .. auto ? ["auto"] : Array.Empty<string>()];
        return new(name, string.Join(" or ", words.Select(word => $"\"{word}\"")),
            value => value.ValueKind == JsonValueKind.String && words.Contains(value.GetString()), Words: words);
    }

    /// <summary>An object with rules of its own, checked elsewhere.</summary>
    public static RequestField Any(string name) => new(name, "an object", value => value.ValueKind == JsonValueKind.Object);

    public static RequestField Shares(string name) => new(name, "an object with a number from 0 for each file's name", value =>
        value.ValueKind == JsonValueKind.Object && value.EnumerateObject().Any() && value.EnumerateObject().All(share => Number(share.Value) >= 0));

    public static RequestField Flag(string name) => new(name, "true or false", value => value.ValueKind is JsonValueKind.True or JsonValueKind.False);

    public static RequestField Whole(string name, int least, int most, bool auto = false) => new(name, $"a whole number from {least} to {most}{OrAuto(auto)}", value =>
        value.ValueKind == JsonValueKind.Number ? value.TryGetInt32(out var number) && number >= least && number <= most : auto && IsAuto(value));

    public static RequestField Positive(string name, double most, bool auto = true) =>
        new(name, $"a number above 0, at most {Text(most)}{OrAuto(auto)}", value => Number(value) is { } number ? number > 0 && number <= most : auto && IsAuto(value));

    public static RequestField Between(string name, double least, double most, bool auto = false) => new(name, $"a number from {Text(least)} to {Text(most)}{OrAuto(auto)}", value =>
        Number(value) is { } number ? number >= least && number <= most : auto && IsAuto(value));

    public static RequestField Below(string name, double least, double limit, bool auto = false) => new(name, $"a number from {Text(least)}, below {Text(limit)}{OrAuto(auto)}", value =>
        Number(value) is { } number ? number >= least && number < limit : auto && IsAuto(value));

    public static RequestField Texts(string name, int most, int longest) => new(name, $"a list of 1 to {most} texts of 1 to {longest} characters", value =>
        value.ValueKind == JsonValueKind.Array && value.GetArrayLength() >= 1 && value.GetArrayLength() <= most
        && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String && item.GetString() is { Length: >= 1 } text && text.Length <= longest));

    public static RequestField Layers(string name) => new(name, "\"first:4\", \"last:4\", or numbers of layers such as \"0-3,8\"", value =>
        value.ValueKind == JsonValueKind.String && LayerChoice.IsWellFormed(value.GetString()!));

    public static RequestField Duration(string name) => new(name, "a duration above 0 as hh:mm:ss or d.hh:mm:ss", value =>
        value.ValueKind == JsonValueKind.String && TimeSpan.TryParseExact(value.GetString(), "c", CultureInfo.InvariantCulture, out var duration) && duration > TimeSpan.Zero);

    private static double? Number(JsonElement value) => value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number) ? number : null;

    private static bool IsAuto(JsonElement value) => value.ValueKind == JsonValueKind.String && value.ValueEquals("auto");

    private static string OrAuto(bool auto) => auto ? ", or \"auto\"" : "";

    private static string Text(double number) => number.ToString("R", CultureInfo.InvariantCulture);
}
