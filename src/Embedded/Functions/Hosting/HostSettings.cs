using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace ServerlessTuning.Embedded.Functions.Hosting;

/// <summary>host.json as far as this host follows it, and where it keeps its own files.</summary>
/// <param name="RoutePrefix">extensions.http.routePrefix; <c>api</c> when left out.</param>
/// <param name="PoisonBlobThreshold">extensions.blobs.poisonBlobThreshold: tries of a blob before its message is poison.</param>
/// <param name="MaxDegreeOfParallelism">extensions.blobs.maxDegreeOfParallelism: blobs handled at once.</param>
/// <param name="HubName">extensions.durableTask.hubName.</param>
/// <param name="StateFolder">Setting <c>Embedded:State</c>: durable history and timer schedules. Default <c>.tuning/functions</c> below the current folder.</param>
public sealed record HostSettings(string RoutePrefix, int PoisonBlobThreshold, int MaxDegreeOfParallelism, string HubName, string StateFolder)
{
    public static HostSettings Read(IConfiguration configuration, string contentRoot)
    {
        var path = Path.Combine(contentRoot, "host.json");
        using var document = File.Exists(path) ? JsonDocument.Parse(File.ReadAllText(path), new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true }) : JsonDocument.Parse("{}");
        return new(
            Find(document.RootElement, "extensions", "http", "routePrefix")?.GetString() ?? "api",
            Find(document.RootElement, "extensions", "blobs", "poisonBlobThreshold")?.GetInt32() ?? 5,
            Find(document.RootElement, "extensions", "blobs", "maxDegreeOfParallelism")?.GetInt32() ?? 8 * Environment.ProcessorCount,
            Find(document.RootElement, "extensions", "durableTask", "hubName")?.GetString() ?? "TestHubName",
            Path.GetFullPath(configuration["Embedded:State"] ?? Path.Combine(".tuning", "functions")));
    }

    /// <summary>local.settings.json's <c>Values</c>, which Core Tools turns into environment variables; a real variable wins.</summary>
    public static Dictionary<string, string?> LocalValues(string contentRoot)
    {
        var path = Path.Combine(contentRoot, "local.settings.json");
        if (!File.Exists(path))
        {
            return [];
        }

        using var document = JsonDocument.Parse(File.ReadAllText(path), new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        var values = new Dictionary<string, string?>();
        if (Find(document.RootElement, "Values") is { } listed)
        {
            foreach (var value in listed.EnumerateObject())
            {
                values[value.Name.Replace("__", ":", StringComparison.Ordinal)] = value.Value.ToString();
            }
        }

        if (Find(document.RootElement, "Host", "LocalHttpPort") is { } port)
        {
            values["urls"] = $"http://localhost:{port.GetInt32()}";
        }

        return values;
    }

    private static JsonElement? Find(JsonElement element, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element))
            {
                return null;
            }
        }

        return element;
    }
}
