using System.Diagnostics;
using Azure.Storage.Blobs;

namespace ServerlessTuning.Cli;

/// <summary>Storage emulator and functions app on this machine: started when they are not there, stopped in the right order.</summary>
public sealed class LocalStack : IAsyncDisposable
{
    // The emulator's public account: the same everywhere, no secret.
    private const string Account = "devstoreaccount1";
    private const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
    private readonly string root, state, configuration;
    private readonly int storagePort, port;
    private Process? storage, app;

    /// <param name="root">The checkout.</param>
    /// <param name="state">Folder that outlives the processes: blobs, history, logs, work files.</param>
    /// <param name="configuration">Of the build: release or debug.</param>
    public LocalStack(string root, string state, int storagePort, int port, string configuration = "release")
    {
        (this.root, this.state, this.storagePort, this.port, this.configuration) = (root, Path.GetFullPath(state), storagePort, port, configuration);
        Directory.CreateDirectory(Path.Combine(this.state, "logs"));
    }

    public string Connection => $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={Key};"
        + $"BlobEndpoint=http://127.0.0.1:{storagePort}/{Account};QueueEndpoint=http://127.0.0.1:{storagePort + 1}/{Account};"
        + $"TableEndpoint=http://127.0.0.1:{storagePort + 2}/{Account};";

    public BlobServiceClient Blobs => new(Connection);

    public Uri Url => new($"http://localhost:{port}/");

    public string Work => Path.Combine(state, "work");

    public string TrainerPath => Binary("TrainerContainer", "ServerlessTuning.Trainer.dll");

    /// <summary>The functions app, when this program started it.</summary>
    public Process? App => app;

    /// <summary>Starts the emulator, or uses the one that answers on its port.</summary>
    public async Task StartStorage()
    {
        if (await StorageAnswers())
        {
            return;
        }

        storage = Spawn("storage", "node",
            [Path.Combine(root, "tools", "node_modules", "azurite", "dist", "src", "azurite.js"), "--silent", "--skipApiVersionCheck",
                "--disableTelemetry", "--location", Path.Combine(state, "storage"), "--blobPort", $"{storagePort}",
                "--queuePort", $"{storagePort + 1}", "--tablePort", $"{storagePort + 2}"], []);
        await Until(StorageAnswers, storage, "storage", "another program may hold its port; choose one with --storage-port");
        foreach (var container in new[] { Contracts.BlobPaths.Datasets, Contracts.BlobPaths.Models, Contracts.BlobPaths.Runs })
        {
            await Blobs.GetBlobContainerClient(container).CreateIfNotExistsAsync();
        }
    }

    /// <summary>Starts the functions app, or uses the one that answers on its port.</summary>
    public async Task StartApp(string defaultBase)
    {
        if (await AppAnswers())
        {
            return;
        }

        app = Spawn("functions", "dotnet", [Binary("Functions", "ServerlessTuning.Functions.dll")], new()
        {
            ["AzureWebJobsStorage"] = Connection,
            ["Embedded__State"] = Path.Combine(state, "functions"), // read by the embedded host alone
            ["Tuning__Storage"] = Connection,
            ["Tuning__Work"] = Work,
            ["Tuning__DefaultBase"] = defaultBase,
            ["Tuning__TrainerPath"] = TrainerPath,
            ["Tuning__SettleSeconds"] = "2", // the drop is a single upload; production waits longer
            ["Tuning__PollSeconds"] = "1",
            ["ASPNETCORE_URLS"] = Url.ToString().TrimEnd('/'),
        });
        await Until(AppAnswers, app, "functions", "another program may hold its port; choose one with --port");
    }

    /// <summary>Waits for Ctrl-C or the end of the functions app.</summary>
    public Task WaitForApp(CancellationToken stop) => app?.WaitForExitAsync(stop) ?? Task.Delay(Timeout.Infinite, stop);

    /// <summary>The app first, so that it starts no new trainer; then the trainer, which writes a checkpoint; storage last, because it needs that.</summary>
    public async ValueTask DisposeAsync()
    {
        await Stop(app);
        if (app is not null)
        {
            await TrainerProcesses.Stop(Work);
        }

        await Stop(storage);
    }

    private async Task<bool> StorageAnswers()
    {
        try
        {
            await Blobs.GetPropertiesAsync();
            return true;
        }
        catch (Exception e) when (e is Azure.RequestFailedException or AggregateException)
        {
            return false;
        }
    }

    private async Task<bool> AppAnswers()
    {
        try
        {
            using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
            return (await http.GetAsync(new Uri(Url, "health"))).IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    /// <remarks>In a session of its own: Ctrl-C in the terminal reaches this program alone, which then stops the others in order.</remarks>
    private Process Spawn(string name, string program, string[] arguments, Dictionary<string, string> environment)
    {
        // The shell only redirects the output; exec keeps the process id.
        var log = Path.Combine(state, "logs", $"{name}.log");
        var start = new ProcessStartInfo("setsid", ["sh", "-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1", "sh", log, program, .. arguments])
        {
            WorkingDirectory = state,
        };
        foreach (var (key, value) in environment)
        {
            start.Environment[key] = value;
        }

        return Process.Start(start)!;
    }

    private async Task Until(Func<Task<bool>> answers, Process process, string name, string hint)
    {
        var clock = Stopwatch.StartNew();
        while (!await answers())
        {
            if (process.HasExited || clock.Elapsed > TimeSpan.FromSeconds(60))
            {
                var log = Path.Combine(state, "logs", $"{name}.log");
                var end = File.Exists(log) ? string.Join('\n', File.ReadLines(log).TakeLast(10)) : "";
                throw new UserError($"{name} did not start ({hint}). The end of {log}:\n{end}");
            }

            await Task.Delay(100);
        }
    }

    private static async Task Stop(Process? process)
    {
        if (process is { HasExited: false })
        {
            await TrainerProcesses.Terminate(process, TimeSpan.FromSeconds(20));
        }
    }

    private string Binary(string project, string file) => Path.Combine(root, "artifacts", "embedded", "bin", project, configuration, file);
}
