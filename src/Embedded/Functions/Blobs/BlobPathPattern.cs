using System.Text.RegularExpressions;

namespace ServerlessTuning.Embedded.Functions.Blobs;

/// <summary>A trigger's path such as <c>datasets/{dataset}/{name}</c>: a container, and a pattern whose pieces in braces match and bind.</summary>
internal sealed partial class BlobPathPattern
{
    private readonly Regex regex;
    private readonly string[] names;

    public BlobPathPattern(string path)
    {
        var slash = path.IndexOf('/', StringComparison.Ordinal);
        Container = slash < 0 ? path : path[..slash];
        if (Container.Length < 3 || Container.Contains('{', StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"Blob trigger path '{path}': found container '{Container}', expected a container's name of at least 3 letters, without braces.");
        }

        var pattern = slash < 0 ? "{name}" : path[(slash + 1)..];
        names = [.. Piece().Matches(pattern).Select(match => match.Groups[1].Value)];
        Prefix = pattern[..(pattern.IndexOf('{', StringComparison.Ordinal) is var brace and >= 0 ? brace : pattern.Length)];
        regex = new Regex($"^{string.Concat(Piece().Split(pattern).Select((part, i) => i % 2 == 0 ? Regex.Escape(part) : $"(?<{part}>.*)"))}$", RegexOptions.Singleline | RegexOptions.CultureInvariant);
    }

    public string Container { get; }

    /// <summary>What every matching name begins with.</summary>
    public string Prefix { get; }

    /// <returns>The braces' names with what they matched; null when the blob is not meant.</returns>
    public IReadOnlyDictionary<string, string>? Match(string blobName) =>
        regex.Match(blobName) is { Success: true } match ? names.ToDictionary(name => name, name => match.Groups[name].Value, StringComparer.OrdinalIgnoreCase) : null;

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex Piece();
}
