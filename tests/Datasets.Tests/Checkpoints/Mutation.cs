using System.Text;
using System.Text.RegularExpressions;

namespace ServerlessTuning.Datasets.Tests.Checkpoints;

/// <summary>Damages text the way disks, people and attackers do. The same seed damages the same way.</summary>
internal static partial class Mutation
{
    private static readonly string[] s_values =
    [
        "0", "-1", "1", "2147483648", "9223372036854775807", "9223372036854775808", "-9223372036854775809", "1e400", "1E5", "1.5", "-0.0", "NaN", "Infinity", "null", "true", "false", "\"\"", "\"text\"", "\"\\ud800\"", "{}", "[]",
        "[0,4]", "[[[[[[[[[[]]]]]]]]]]", "{\"a\":{\"a\":{\"a\":{}}}}", new string('[', 3000), new string('[', 3000) + new string(']', 3000), new string('9', 5000), $"\"{new string('x', 5000)}\"", "99999999999999999999999999", "[1,", "{", "\"",
    ];

    public static byte[] Of(string json, int seed)
    {
        var random = new Random(seed);
        var text = json;
        for (var times = random.Next(1, 4); times > 0; times--)
        {
            text = random.Next(7) switch
            {
                0 => text,
                1 or 2 => Swapped(text, random),
                3 => FieldDropped(text, random),
                4 => FieldDoubled(text, random),
                5 => text[..random.Next(text.Length + 1)],
                _ => PieceCopied(text, random),
            };
        }

        var bytes = Encoding.UTF8.GetBytes(text);
        for (var flips = random.Next(3) == 0 ? random.Next(1, 8) : 0; flips > 0 && bytes.Length > 0; flips--)
        {
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
        }

        return bytes;
    }

    // A string, number, literal or small list becomes something else.
    private static string Swapped(string text, Random random) => Any(Value().Matches(text), random) is { } value
        ? text[..value.Index] + s_values[random.Next(s_values.Length)] + text[(value.Index + value.Length)..] : text;

    private static string FieldDropped(string text, Random random) => Any(Field().Matches(text), random) is { } field ? text.Remove(field.Index, field.Length) : text;

    private static string FieldDoubled(string text, Random random) => Any(Field().Matches(text), random) is { } field ? text.Insert(field.Index, field.Value.TrimEnd(',') + ",") : text;

    private static string PieceCopied(string text, Random random)
    {
        var start = random.Next(text.Length + 1);
        return text.Insert(random.Next(text.Length + 1), text.Substring(start, random.Next(Math.Min(40, text.Length - start + 1))));
    }

    private static Match? Any(MatchCollection matches, Random random) => matches.Count == 0 ? null : matches[random.Next(matches.Count)];

    [GeneratedRegex("""(?<=[:\[,]\s*)("[^"]*"|-?[\d.eE+-]+|true|false|null|\[[^\[\]{}]*\])""")]
    private static partial Regex Value();

    [GeneratedRegex("""("[^"]*"\s*:\s*)("[^"]*"|-?[\d.eE+-]+|true|false|null|\[[^\[\]]*\]|\{[^{}]*\})\s*,?""")]
    private static partial Regex Field();
}
