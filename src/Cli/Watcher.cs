using System.Diagnostics;
using ServerlessTuning.Contracts;

namespace ServerlessTuning.Cli;

/// <summary>Follows one run on the terminal: a line a stage, and under it a progress line that is rewritten in place.</summary>
public sealed class Watcher(RunsClient runs, TextWriter output, bool interactive)
{
    private readonly Stopwatch sinceLine = Stopwatch.StartNew();
    private string? stage, said;
    private bool open; // a progress line stands without its end

    /// <returns>The run as it ended; follows <see cref="RunView.SameAs"/> to the run that does the work.</returns>
    public async Task<RunView> Follow(string id, CancellationToken stop)
    {
        while (true)
        {
            var run = await Poll(id, stop);
            if (run.SameAs is { } other)
            {
                id = other;
                continue;
            }

            Show(run.Status);
            if (run.RuntimeStatus is "Completed" or "Failed" or "Terminated" or "Canceled")
            {
                CloseLine();
                return run;
            }

            await Task.Delay(interactive ? 300 : 1000, stop);
        }
    }

    /// <remarks>The app may be restarting: a minute of silence is not the end of the run.</remarks>
    private async Task<RunView> Poll(string id, CancellationToken stop)
    {
        for (var silence = Stopwatch.StartNew(); ;)
        {
            try
            {
                return await runs.Get(id);
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !stop.IsCancellationRequested && silence.Elapsed < TimeSpan.FromMinutes(1))
            {
                await Task.Delay(500, stop);
            }
        }
    }

    private void Show(RunStatus? status)
    {
        if (status is null)
        {
            return;
        }

        if (status.Stage != stage)
        {
            CloseLine();
            stage = status.Stage;
            output.WriteLine($"  {stage}{(status.Attempt > 1 ? $" (attempt {status.Attempt})" : "")}");
        }

        if (status.Message is { } message && message != said && status.Stage != "done")
        {
            CloseLine();
            output.WriteLine($"    {said = message}");
        }

        if (status.Step is not null && (interactive || sinceLine.Elapsed > TimeSpan.FromSeconds(10)))
        {
            Progress(Describe(status));
        }
    }

    private void Progress(string text)
    {
        sinceLine.Restart();
        if (interactive)
        {
            output.Write($"\r\u001b[2K    {text}");
            open = true;
        }
        else
        {
            output.WriteLine($"    {text}");
        }
    }

    private void CloseLine()
    {
        if (open)
        {
            output.WriteLine();
            open = false;
        }
    }

    /// <summary>For example <c>step 120/300   loss 2.310   4,210 tokens/s   0:42 left</c>.</summary>
    public static string Describe(RunStatus status)
    {
        var parts = new List<string> { $"step {status.Step}/{status.TotalSteps}" };
        if (status.Loss is { } loss)
        {
            parts.Add($"loss {loss:0.000}");
        }

        if (status.ValidationLoss is { } validation)
        {
            parts.Add($"validation {validation:0.000}");
        }

        if (status.TokensPerSecond is { } pace)
        {
            parts.Add($"{pace:N0} tokens/s");
        }

        if (status.SecondsLeft is { } seconds)
        {
            parts.Add($"{TimeSpan.FromSeconds(seconds):m\\:ss} left");
        }

        return string.Join("   ", parts);
    }
}
