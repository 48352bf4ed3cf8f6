using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ServerlessTuning.Embedded.Functions.Tests.Processes;

/// <summary>A host in a process of its own, which may be killed. Blob triggers are off unless a storage account is given.</summary>
internal sealed class HostProcess : IAsyncDisposable
{
    private readonly Process process;
    private readonly StringBuilder output = new();

    /// <param name="state">Folder of the durable history.</param>
    /// <param name="settings">Environment variables.</param>
    /// <param name="limits">A shell's words before the program starts, for example <c>ulimit -f 1000</c>.</param>
    public HostProcess(string state, string[] args, Dictionary<string, string>? settings = null, string limits = ":")
    {
        var start = new ProcessStartInfo("sh", ["-c", $"{limits}; exec dotnet exec \"$@\"", "sh", typeof(SampleProgram).Assembly.Location, .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = state,
        };
        foreach (var function in new[] { "OnText", "OnStream", "OnBytes", "OnClient", "Slow", "Tick", "Never", "Deadly" })
        {
            start.Environment[$"AzureWebJobs__{function}__Disabled"] = "true";
        }

        start.Environment["Embedded__State"] = state;
        foreach (var (name, value) in settings ?? [])
        {
            start.Environment[name] = value;
        }

        process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>What it has written so far, on both streams.</summary>
    public string Output
    {
        get
        {
            lock (output)
            {
                return output.ToString();
            }
        }
    }

    /// <summary>Whether it has loaded an assembly of that name.</summary>
    public bool HasLoaded(string assembly) => File.ReadAllText($"/proc/{process.Id}/maps").Contains($"/{assembly}.dll", StringComparison.Ordinal);

    /// <summary>Bytes of memory that it holds.</summary>
    public long Memory
    {
        get
        {
            process.Refresh();
            return process.WorkingSet64;
        }
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Waits until it answers; fails with its output when it ends instead.</summary>
    public async Task<HttpClient> Answers(int port)
    {
        var http = new HttpClient { BaseAddress = new Uri($"http://localhost:{port}/"), Timeout = TimeSpan.FromSeconds(30) };
        for (var i = 0; i < 600; i++)
        {
            try
            {
                (await http.GetAsync("admin/host/status")).Dispose();
                return http;
            }
            catch (HttpRequestException)
            {
                Assert.False(process.HasExited, $"The host ended: {Output}");
                await Task.Delay(50);
            }
        }

        throw new TimeoutException(Output);
    }

    public async Task<int> Ended()
    {
        await process.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token);
        return process.ExitCode;
    }

    /// <summary>With the signal that nothing can catch.</summary>
    public async Task Kill()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>With the signal that a service manager sends.</summary>
    public async Task<int> Terminate()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
        return await Ended();
    }

    /// <summary>From now on no file of its may be written beyond so many bytes; <c>unlimited</c> ends that.</summary>
    public async Task LimitFiles(string bytes)
    {
        using var prlimit = Process.Start("prlimit", ["--pid", $"{process.Id}", $"--fsize={bytes}:unlimited"]);
        await prlimit.WaitForExitAsync();
        Assert.Equal(0, prlimit.ExitCode);
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            await Kill();
        }

        process.Dispose();
    }

    private void Keep(string? line)
    {
        lock (output)
        {
            output.AppendLine(line);
        }
    }
}
