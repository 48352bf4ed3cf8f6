using System.Diagnostics;
using System.Runtime.InteropServices;
using ServerlessTuning.Contracts;

namespace ServerlessTuning.Cli;

/// <summary><c>./run</c>: everything on this machine, from a dataset to a published model.</summary>
public static class RunVerb
{
    public static async Task<int> Run(string[] args)
    {
        var arguments = new Arguments(args, ["--serve", "--continue", "--help"],
            ["--root", "--state", "--base", "--model", "--pull", "--try", "--port", "--storage-port"]);
        if (arguments.Has("--help"))
        {
            Console.WriteLine(Usage.Run);
            return 0;
        }

        using var stop = StopOnSignals();
        var root = Path.GetFullPath(arguments.Value("--root") ?? Environment.CurrentDirectory);
        var state = Path.GetFullPath(arguments.Value("--state") ?? Path.Combine(root, ".tuning"));
        var data = arguments.Word() ?? Path.Combine(root, "samples", "datasets", "verses");
        arguments.NothingLeft();
        await using var stack = new LocalStack(root, state, arguments.Number("--storage-port", 10000), arguments.Number("--port", 7071));
        await stack.StartStorage();
        if (arguments.Value("--pull") is { } folder)
        {
            return await PullVerb.Pull(new PublishedModels(stack.Blobs), arguments.Value("--model"), folder);
        }

        if (arguments.Value("--try") is { } prompt)
        {
            return await TryOut.Answer(stack, new PublishedModels(stack.Blobs), arguments.Value("--model"), prompt);
        }

        var sampleBase = await DropZone.UploadBase(stack.Blobs, Path.Combine(root, "samples", "models", "sample-base"));
        await stack.StartApp(sampleBase);
        if (arguments.Has("--serve"))
        {
            return await Serve(stack, stop.Token);
        }

        var ownBase = arguments.Value("--base") is { } own ? await DropZone.UploadBase(stack.Blobs, own) : null;
        await DropZone.UploadSampleBase(stack.Blobs, Path.Combine(root, "samples", "models"), data);
        return await Tune(stack, arguments.Has("--continue") ? null : data, ownBase, stop.Token);
    }

    /// <param name="data">Null: go on with the newest run that has not ended.</param>
    private static async Task<int> Tune(LocalStack stack, string? data, string? ownBase, CancellationToken stop)
    {
        using var runs = new RunsClient(stack.Url);
        var clock = Stopwatch.StartNew();
        try
        {
            var id = data is null ? await Unfinished(runs) : await Drop(stack, runs, data, ownBase, stop);
            Console.WriteLine($"run {id}");
            var ended = await new Watcher(runs, Console.Out, !Console.IsOutputRedirected).Follow(id, stop);
            await new Summary(stack.Blobs, Console.Out).Print(ended, clock.Elapsed);
            return ended.Result?.Outcome == Outcome.Published ? 0 : 1;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            Console.WriteLine("\nstopping; the trainer writes a checkpoint. Go on with: ./run --continue");
            return 130;
        }
    }

    private static async Task<string> Drop(LocalStack stack, RunsClient runs, string data, string? ownBase, CancellationToken stop)
    {
        var before = (await runs.List()).Select(run => run.Id).ToHashSet();
        var dataset = await DropZone.Drop(stack.Blobs, data, name: null, ownBase);
        Console.WriteLine($"dropped {data} into datasets/{dataset}/");
        return await runs.NewRun(dataset, before, TimeSpan.FromSeconds(30), stop);
    }

    private static async Task<string> Unfinished(RunsClient runs) =>
        (await runs.List()).FirstOrDefault(run => run.RuntimeStatus is "Running" or "Pending" or "Suspended" && run.SameAs is null)?.Id
            ?? throw new UserError("no run is under way; ./run starts one");

    private static async Task<int> Serve(LocalStack stack, CancellationToken stop)
    {
        Console.WriteLine($$"""
            functions app   {{stack.Url}}
            storage         {{stack.Connection}}

            drop a dataset  dotnet artifacts/embedded/bin/Cli/release/tuning.dll submit my.jsonl
                            (or any blob client: container datasets, blob NAME/train.jsonl)
            or over HTTP    curl -X POST {{stack.Url}}runs -H 'content-type: application/json' -d '{"dataset": "verses"}'
            follow          curl {{stack.Url}}runs            curl {{stack.Url}}runs/ID
                            curl {{stack.Url}}runtime/webhooks/durabletask/instances/ID
            cancel          curl -X POST {{stack.Url}}runs/ID/cancel

            Ctrl-C stops everything; runs under way go on at the next start.
            """);
        try
        {
            await stack.WaitForApp(stop);
        }
        catch (OperationCanceledException)
        {
            Console.WriteLine("stopping");
            return 0;
        }

        throw new UserError("the functions app ended by itself; its log is in logs/functions.log of the state folder");
    }

    /// <summary>Ctrl-C and SIGTERM become a cancelled token, so that everything is stopped in order.</summary>
    private static SignalStop StopOnSignals() => new();

    private sealed class SignalStop : IDisposable
    {
        private readonly CancellationTokenSource source = new();
        private readonly PosixSignalRegistration[] registrations;

        public SignalStop() => registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM }
            .Select(signal => PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                source.Cancel();
            }))];

        public CancellationToken Token => source.Token;

        public void Dispose()
        {
            foreach (var registration in registrations)
            {
                registration.Dispose();
            }

            source.Dispose();
        }
    }
}
