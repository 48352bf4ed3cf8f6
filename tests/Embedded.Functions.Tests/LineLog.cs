using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace ServerlessTuning.Embedded.Functions.Tests;

/// <summary>The log as lines, each with the scopes it was written in.</summary>
public sealed class LineLog : ILoggerProvider, ISupportExternalScope
{
    private IExternalScopeProvider scopes = new LoggerExternalScopeProvider();

    public ConcurrentQueue<string> Lines { get; } = new();

    public ILogger CreateLogger(string categoryName) => new Writer(this);

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => scopes = scopeProvider;

    public void Dispose()
    {
    }

    private sealed class Writer(LineLog log) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => log.scopes.Push(state);

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var line = $"{logLevel}: {formatter(state, exception)} {exception?.Message}";
            log.scopes.ForEachScope((scope, _) => line += scope is IEnumerable<KeyValuePair<string, object?>> pairs ? " " + string.Join(' ', pairs.Select(pair => $"{pair.Key}={pair.Value}")) : $" {scope}", 0);
            log.Lines.Enqueue(line);
        }
    }
}
