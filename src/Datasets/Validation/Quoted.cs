using System.Text;

namespace ServerlessTuning.Datasets.Validation;

/// <summary>What was found, short enough for a message and safe to print.</summary>
internal static class Quoted
{
    private const int Longest = 60;

    public static string Text(ReadOnlySpan<byte> utf8) => Text(Encoding.UTF8.GetString(utf8.Length > 4 * Longest ? utf8[..(4 * Longest)] : utf8));

    public static string Text(string text)
    {
        var shown = new StringBuilder("\"");
        foreach (var rune in text.EnumerateRunes())
        {
            if (shown.Length > Longest)
            {
                shown.Append('…');
                break;
            }

            shown.Append(Rune.IsControl(rune) ? $"\\u{rune.Value:x4}" : rune.ToString());
        }

        return shown.Append('"').ToString();
    }
}
