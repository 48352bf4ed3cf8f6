using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;

namespace ServerlessTuning.Embedded.Functions.Hosting;

/// <summary>The host's log: levels from host.json, on the console for people or, with the setting <c>Embedded:Logs=json</c>, as one JSON object a line with the invocation's id in its scopes.</summary>
internal static class HostLogging
{
    public static void AddConsole(WebApplicationBuilder builder)
    {
        if (string.Equals(builder.Configuration["Embedded:Logs"], "json", StringComparison.OrdinalIgnoreCase))
        {
            builder.Logging.AddJsonConsole(console => (console.IncludeScopes, console.UseUtcTimestamp, console.TimestampFormat) = (true, true, "yyyy-MM-ddTHH:mm:ss.fffZ"));
        }
        else
        {
            builder.Logging.AddSimpleConsole(console => (console.SingleLine, console.TimestampFormat) = (true, "HH:mm:ss.fff "));
        }
    }

    /// <summary>host.json's logging.logLevel; what the framework says of itself is too much unless it is asked for.</summary>
    /// <exception cref="InvalidOperationException">A level is no such word.</exception>
    public static void Filter(WebApplicationBuilder builder)
    {
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning).AddFilter("Azure", LogLevel.Warning);
        foreach (var level in builder.Configuration.GetSection($"{HostFiles.Section}:logging:logLevel").GetChildren())
        {
            if (!Enum.TryParse<LogLevel>(level.Value, ignoreCase: true, out var least))
            {
                throw new InvalidOperationException($"host.json, logging.logLevel.{level.Key}: found '{level.Value}', expected one of {string.Join(", ", Enum.GetNames<LogLevel>())}.");
            }

            if (level.Key.Equals("default", StringComparison.OrdinalIgnoreCase))
            {
                builder.Logging.SetMinimumLevel(least);
            }
            else
            {
                builder.Logging.AddFilter(level.Key, least);
            }
        }
    }

    /// <summary>Keeps the framework's two stack traces of a failed start away.</summary>
    public static void Mute(ILoggingBuilder logging, StartGate gate) => logging
        .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", level => gate.IsOpen && level >= LogLevel.Information)
        .AddFilter("Microsoft.AspNetCore.Server.Kestrel", level => gate.IsOpen && level >= LogLevel.Warning);
}
