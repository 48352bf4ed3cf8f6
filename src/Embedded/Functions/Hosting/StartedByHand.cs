using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;

namespace ServerlessTuning.Embedded.Functions.Hosting;

/// <summary>The app's host, whose failure to start ends the process with exit code 1 and one clear message where the reason is known.</summary>
internal sealed class StartedByHand(WebApplication app, StartGate gate, string address, string history) : IHost, IAsyncDisposable
{
    public IServiceProvider Services => app.Services;

    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            await app.StartAsync(cancellationToken);
            gate.IsOpen = true;
        }
        catch (Exception e) when (StartProblem.Of(e, address, history) is { } problem)
        {
            Fail(problem);
        }
    }

    /// <summary>What comes before the start: settings are read, functions are found.</summary>
    public static T Try<T>(Func<T> step)
    {
        try
        {
            return step();
        }
        catch (Exception e) when (StartProblem.Of(e, "", "") is { } problem)
        {
            Fail(problem);
            throw;
        }
    }

    /// <summary>Ends the process: a message for a person on the error stream, and an exit code for a script.</summary>
    private static void Fail(string problem)
    {
        Console.Error.WriteLine($"error: {problem}");
        Environment.Exit(1);
    }

    public Task StopAsync(CancellationToken cancellationToken = default) => app.StopAsync(cancellationToken);

    public void Dispose() => ((IDisposable)app).Dispose();

    public ValueTask DisposeAsync() => app.DisposeAsync();
}

/// <summary>Closed until the host has started: what the framework logs of a failed start (a stack trace, twice) says less than the message that follows.</summary>
internal sealed class StartGate
{
    public volatile bool IsOpen;
}
