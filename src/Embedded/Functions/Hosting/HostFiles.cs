using System.Text.Json;

namespace ServerlessTuning.Embedded.Functions.Hosting;

/// <summary>host.json and local.settings.json as configuration. Real environment variables come later and win.</summary>
internal static class HostFiles
{
    /// <summary>Where host.json's settings lie in the configuration; so <c>AzureFunctionsJobHost__extensions__http__routePrefix</c> overrides one, as on Azure.</summary>
    public const string Section = "AzureFunctionsJobHost";

    /// <exception cref="InvalidOperationException">host.json cannot be read, or is not of version 2.0.</exception>
    public static Dictionary<string, string?> HostJson(string contentRoot)
    {
        using var document = Parse(Path.Combine(contentRoot, "host.json"));
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        if (document is null)
        {
            return values;
        }

        Flatten(document.RootElement, Section, values);
        return values.GetValueOrDefault($"{Section}:version") is "2.0" ? values
            : throw new InvalidOperationException($"{Path.Combine(contentRoot, "host.json")}: found version {values.GetValueOrDefault($"{Section}:version") ?? "nothing"}, expected \"version\": \"2.0\". The Functions host starts with no other.");
    }

    /// <summary><c>Values</c> and <c>ConnectionStrings</c>, which Core Tools turns into environment variables, and its own <c>Host</c> section as <see cref="ListenAddress.CoreTools"/>.</summary>
    /// <exception cref="InvalidOperationException">The file cannot be read, or is encrypted.</exception>
    public static Dictionary<string, string?> LocalSettings(string contentRoot)
    {
        var path = Path.Combine(contentRoot, "local.settings.json");
        using var document = Parse(path);
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        if (document is null)
        {
            return values;
        }

        var all = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        Flatten(document.RootElement, "", all);
        if (string.Equals(all.GetValueOrDefault("IsEncrypted"), "true", StringComparison.OrdinalIgnoreCase))
        {
            throw new InvalidOperationException($"{path}: found IsEncrypted true; only Core Tools on the machine that encrypted it can read it. Run: func settings decrypt");
        }

        foreach (var (name, value) in all)
        {
            if (name.StartsWith("Values:", StringComparison.OrdinalIgnoreCase))
            {
                values[name["Values:".Length..].Replace("__", ":", StringComparison.Ordinal)] = value;
            }
            else if (name.StartsWith("ConnectionStrings:", StringComparison.OrdinalIgnoreCase))
            {
                values[name.EndsWith(":ConnectionString", StringComparison.OrdinalIgnoreCase) ? name[..^":ConnectionString".Length] : name] = value;
            }
            else if (name.StartsWith("Host:", StringComparison.OrdinalIgnoreCase))
            {
                values[ListenAddress.CoreTools + name["Host".Length..]] = value;
            }
        }

        return values;
    }

    /// <returns>Null when there is no such file.</returns>
    private static JsonDocument? Parse(string path)
    {
        try
        {
            return File.Exists(path) ? JsonDocument.Parse(File.ReadAllText(path), new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true }) : null;
        }
        catch (JsonException wrong)
        {
            throw new InvalidOperationException($"{path} is no JSON: {wrong.Message}", wrong);
        }
    }

    private static void Flatten(JsonElement element, string path, Dictionary<string, string?> values)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                {
                    Flatten(property.Value, path.Length == 0 ? property.Name : $"{path}:{property.Name}", values);
                }

                break;
            case JsonValueKind.Array:
                foreach (var (i, item) in element.EnumerateArray().Index())
                {
                    Flatten(item, $"{path}:{i}", values);
                }

                break;
            default:
                values[path] = element.ValueKind == JsonValueKind.Null ? null : element.ToString();
                break;
        }
    }
}
