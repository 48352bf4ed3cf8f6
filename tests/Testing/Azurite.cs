using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Azure.Storage.Blobs;

namespace ServerlessTuning.Testing;

/// <summary>A storage emulator of one's own: own ports, own folder, gone when disposed. Usable as an xunit class or collection fixture.</summary>
public sealed class Azurite : IDisposable
{
    private const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
    private readonly string folder = Repository.NewFolder();
    private readonly int blobPort = FreePort(), queuePort = FreePort(), tablePort = FreePort();
    private Process process;

    public Azurite() => process = Start();

    /// <summary>For blobs and queues, with the emulator's well-known account.</summary>
    public string ConnectionString => $"DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey={Key};"
        + $"BlobEndpoint=http://127.0.0.1:{blobPort}/devstoreaccount1;QueueEndpoint=http://127.0.0.1:{queuePort}/devstoreaccount1;";

    public BlobServiceClient Blobs => new(ConnectionString);

    /// <summary>Stops the emulator and starts it again on the same ports and data: a storage outage.</summary>
    public void Restart()
    {
        Stop();
        process = Start();
    }

    /// <remarks>Gently at first: the emulator writes what it was told to disk on SIGTERM, and forgets the last seconds when it is killed. A storage account forgets nothing.</remarks>
    public void Stop()
    {
        using var terminate = Process.Start("kill", ["-TERM", $"{process.Id}"]);
        if (!process.WaitForExit(TimeSpan.FromSeconds(10)))
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }
    }

    public void Dispose()
    {
        Stop();
        process.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private Process Start()
    {
        var script = Path.Combine(Repository.Root, "tools", "node_modules", "azurite", "dist", "src", "azurite.js");
        if (!File.Exists(script))
        {
            throw new FileNotFoundException($"The storage emulator is not installed at {script}. Run ./test, or: npm install --prefix tools", script);
        }

        var started = Process.Start(new ProcessStartInfo("node",
            [script, "--silent", "--skipApiVersionCheck", "--disableTelemetry", "--location", folder,
                "--blobPort", $"{blobPort}", "--queuePort", $"{queuePort}", "--tablePort", $"{tablePort}"])
        { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var deadline = Stopwatch.StartNew();
        while (!Answers(blobPort) || !Answers(queuePort))
        {
            if (started.HasExited || deadline.Elapsed > TimeSpan.FromSeconds(60))
            {
                throw new InvalidOperationException($"The storage emulator did not start: {started.StandardError.ReadToEnd()}");
            }

            Thread.Sleep(50);
        }

        return started;
    }

    private static bool Answers(int port)
    {
        try
        {
            using var client = new TcpClient();
            client.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
