using System.Net;
using System.Net.Sockets;
using ServerlessTuning.Cli;
using ServerlessTuning.Testing;

namespace ServerlessTuning.EndToEnd.Tests;

/// <summary>Storage and functions app on ports of their own, as <c>./run --serve</c> starts them, with a tiny base model uploaded.</summary>
public sealed class RunningStack : IAsyncLifetime
{
    private readonly string state = Repository.NewFolder();

    public LocalStack Stack { get; private set; } = null!;

    public RunsClient Runs { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Stack = new LocalStack(Repository.Root, state, FreePorts(3), FreePorts(1), Configuration);
        await Stack.StartStorage();
        await DropZone.UploadBase(Stack.Blobs, TinyBase.Create(), "tiny");
        await Stack.StartApp("tiny");
        Runs = new RunsClient(Stack.Url);
    }

    public async Task DisposeAsync()
    {
        Runs.Dispose();
        await Stack.DisposeAsync();
        Directory.Delete(state, recursive: true);
    }

    /// <summary>Drops a file as a dataset and waits for its run to appear.</summary>
    public async Task<string> Drop(string path, string dataset)
    {
        var before = (await Runs.List()).Select(run => run.Id).ToHashSet();
        await DropZone.Drop(Stack.Blobs, path, dataset, baseModel: null);
        return await Runs.NewRun(dataset, before, TimeSpan.FromSeconds(30), CancellationToken.None);
    }

    /// <summary>kill -9 of the app, and a new one on the same files.</summary>
    public async Task KillAppAndStartAgain()
    {
        Stack.App!.Kill();
        await Stack.App.WaitForExitAsync();
        await Stack.StartApp("tiny");
    }

    public Task<Contracts.RunView> Ended(string run) =>
        new Watcher(Runs, TextWriter.Null, interactive: false).Follow(run, new CancellationTokenSource(TimeSpan.FromMinutes(12)).Token);

    /// <summary>The build that these tests belong to: release or debug.</summary>
    private static string Configuration => Path.GetFileName(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));

    /// <summary>The first of some neighbouring free ports.</summary>
    private static int FreePorts(int count)
    {
        while (true)
        {
            var first = Random.Shared.Next(20000, 32000);
            if (Enumerable.Range(first, count).All(IsFree))
            {
                return first;
            }
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}

[CollectionDefinition(nameof(RunningStack))]
public sealed class RunningStackCollection : ICollectionFixture<RunningStack>;
