using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace ServerlessTuning.Datasets.Validation;

/// <summary>Text must be UTF-8: says where it is not, and what the bytes look like instead.</summary>
internal static class Utf8Check
{
    /// <returns>True when all is UTF-8; else the first wrong byte has been reported.</returns>
    public static bool Passes(ReadOnlySpan<byte> text, LineProblems problems)
    {
        if (Utf8.IsValid(text))
        {
            return true;
        }

        var wrong = FirstWrong(text);
        problems.Add(null, $"a byte that is not UTF-8: 0x{text[wrong]:X2} at byte {wrong + 1} of the line", "UTF-8 text",
            "Save the file as UTF-8; from Windows-1252, for example: iconv -f WINDOWS-1252 -t UTF-8 old > new.");
        return false;
    }

    private static int FirstWrong(ReadOnlySpan<byte> text)
    {
        var at = 0;
        while (Rune.DecodeFromUtf8(text[at..], out _, out var consumed) == OperationStatus.Done)
        {
            at += consumed;
        }

        return at;
    }
}
