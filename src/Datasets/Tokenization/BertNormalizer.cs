using System.Globalization;
using System.Text;

namespace ServerlessTuning.Datasets.Tokenization;

/// <summary>Control characters out, every white space a space, spaces around Chinese characters, accents off, small letters. Source: tokenizers, normalizers/bert.rs.</summary>
internal sealed class BertNormalizer(bool cleansText, bool spacesChinese, bool stripsAccents, bool lowers) : INormalizer
{
    public static BertNormalizer Read(JsonPart part)
    {
        var lowers = part.Flag("lowercase", otherwise: true);
        return new(part.Flag("clean_text", otherwise: true), part.Flag("handle_chinese_chars", otherwise: true), part.Flag("strip_accents", otherwise: lowers), lowers);
    }

    public string Normalize(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            Add(rune, result);
        }

        text = stripsAccents ? StripAccents.From(result.ToString()) : result.ToString();
        return lowers ? Lowercase.Of(text) : text;
    }

    private void Add(Rune rune, StringBuilder result)
    {
        if (cleansText && (rune.Value is 0 or 0xFFFD || IsControl(rune)))
        {
            return;
        }

        if (cleansText && (rune.Value is '\t' or '\n' or '\r' || Rune.IsWhiteSpace(rune)))
        {
            result.Append(' ');
        }
        else if (spacesChinese && IsChinese(rune.Value))
        {
            result.Append(' ').Append(rune).Append(' ');
        }
        else
        {
            result.Append(rune);
        }
    }

    private static bool IsControl(Rune rune) => rune.Value is not ('\t' or '\n' or '\r') && Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate;

    private static bool IsChinese(int point) => point is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F)
        or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B920 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);
}

/// <summary>Taken apart canonically, without the marks that take no space.</summary>
internal sealed class StripAccents : INormalizer
{
    /// <summary>By itself it takes what stands apart already, marks of every kind.</summary>
    public string Normalize(string text) => Without(text, rune => Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark);

    public static string From(string text) => Without(CanonicalForms.Decompose(text), rune => Rune.GetUnicodeCategory(rune) == UnicodeCategory.NonSpacingMark);

    private static string Without(string text, Predicate<Rune> isMark)
    {
        var result = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes().Where(rune => !isMark(rune)))
        {
            result.Append(rune);
        }

        return result.ToString();
    }
}

internal sealed class Lowercase : INormalizer
{
    public string Normalize(string text) => Of(text);

    /// <summary>One letter becomes two in small letters: the dotted capital I.</summary>
    public static string Of(string text) => text.ToLowerInvariant().Replace("\u0130", "i\u0307", StringComparison.Ordinal);
}
