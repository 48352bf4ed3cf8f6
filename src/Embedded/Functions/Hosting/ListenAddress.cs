using Microsoft.Extensions.Configuration;

namespace ServerlessTuning.Embedded.Functions.Hosting;

/// <summary>Where the host listens. The first of these that is given: <c>--port</c> (Core Tools), <c>--urls</c> or ASPNETCORE_URLS, WEBSITES_PORT (a container's port, on every address), LocalHttpPort, 7071.</summary>
internal static class ListenAddress
{
    /// <summary>Where the section Host of local.settings.json lies in the configuration.</summary>
    public const string CoreTools = "Embedded:CoreTools";

    private const int Default = 7071;

    public static string Of(IConfiguration configuration) =>
        Port(configuration, "port", "--port") is { } asked ? $"http://localhost:{asked}"
        : configuration["urls"] is { Length: > 0 } urls ? urls
        : Port(configuration, "WEBSITES_PORT", "WEBSITES_PORT") is { } container ? $"http://*:{container}"
        : $"http://localhost:{Port(configuration, CoreTools + ":LocalHttpPort", "Host.LocalHttpPort in local.settings.json") ?? Default}";

    private static int? Port(IConfiguration configuration, string key, string name) => configuration[key] switch
    {
        null or "" => null,
        var text when int.TryParse(text, out var port) && port is > 0 and <= 65535 => port,
        var text => throw new InvalidOperationException($"{name}: found '{text}', expected a port, a number from 1 to 65535."),
    };
}
