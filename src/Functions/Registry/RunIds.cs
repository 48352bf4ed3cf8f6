using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ServerlessTuning.Contracts;

namespace ServerlessTuning.Functions.Registry;

/// <summary>Names that follow from what they stand for, so that the same event twice is one run.</summary>
public static class RunIds
{
    private const int LongestSlug = 40;

    /// <summary>The run of a blob trigger: <c>{dataset slug}-{12 hex digits}</c> of the blob's path and ETag.</summary>
    public static string OfDrop(string dataset, string path, string etag) => $"{Slug(dataset)}-{HexDigits($"{path}\n{etag}")}";

    /// <summary>The run of a <c>POST /runs</c>.</summary>
    /// <param name="key">The caller's <c>Idempotency-Key</c>, or something random.</param>
    public static string OfPost(string dataset, string key) => $"{Slug(dataset)}-{HexDigits($"POST\n{dataset}\n{key}")}";

    /// <summary>Sub-orchestration that waits for an attempt's trainer.</summary>
    public static string OfWait(string run, int attempt) => $"{run}-wait-{attempt}";

    /// <summary>32 hex digits that say which files are tuned how.</summary>
    public static string Fingerprint(FrozenRequest frozen) => Hash(frozen);

    /// <summary>Lower-case letters, digits and single dashes; <c>dataset</c> when nothing is left.</summary>
    public static string Slug(string dataset)
    {
        var spaced = new string([.. dataset.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : ' ')]);
        var slug = string.Join('-', spaced.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        return slug.Length == 0 ? "dataset" : slug.Length <= LongestSlug ? slug : slug[..LongestSlug].TrimEnd('-');
    }

    /// <summary>Two documents that say the same have the same.</summary>
    public static string Hash<T>(T document) => HexDigits(JsonSerializer.Serialize(document, TuningJson.Options), digits: 32);

    private static string HexDigits(string text, int digits = 12) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..digits];
}
