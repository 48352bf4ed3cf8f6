using System.Runtime.CompilerServices;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.DurableTask.Client;

namespace ServerlessTuning.Embedded.Functions.Durable;

/// <summary>Where a client's instances can be managed over HTTP. The packages' client has no place for it, so it is kept beside it.</summary>
internal sealed record ManagementAddress(Func<string> Host, string? Key)
{
    private const string Path = "/runtime/webhooks/durabletask";
    private static readonly ConditionalWeakTable<DurableTaskClient, ManagementAddress> Addresses = [];

    public static void Set(DurableTaskClient client, ManagementAddress address) => Addresses.AddOrUpdate(client, address);

    public static ManagementAddress Of(DurableTaskClient client) => Addresses.TryGetValue(client, out var address) ? address
        : throw new InvalidOperationException("This client belongs to no functions host, so there is no address to manage its instances at.");

    /// <summary>The key as the links carry it: nothing when none is asked for.</summary>
    public string? Query => Key is null ? null : $"code={Uri.EscapeDataString(Key)}";

    /// <summary>As the caller sees it, also through a proxy that says so; without a request the host's own address.</summary>
    public string Base(HttpRequestData? request) => (request is null ? Host().TrimEnd('/') : Forwarded(request) ?? request.Url.GetLeftPart(UriPartial.Authority)) + Path;

    private static string? Forwarded(HttpRequestData request)
    {
        var parts = First(request, "Forwarded")?.Split(',')[0].Split(';').Select(part => part.Split('=', 2)).Where(part => part.Length == 2)
            .ToDictionary(part => part[0].Trim(), part => part[1].Trim().Trim('"'), StringComparer.OrdinalIgnoreCase);
        var host = parts?.GetValueOrDefault("host") ?? First(request, "X-Forwarded-Host");
        var scheme = parts?.GetValueOrDefault("proto") ?? First(request, "X-Forwarded-Proto");
        return host is null && scheme is null ? null : $"{scheme ?? request.Url.Scheme}://{host ?? request.Url.Authority}";
    }

    private static string? First(HttpRequestData request, string name) =>
        request.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault(value => value.Length > 0) : null;
}
