using System.Diagnostics;
using System.Text;
using System.Text.Json;
using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Shards;
using ServerlessTuning.Testing;
using ServerlessTuning.Trainer.Reporting;
using ServerlessTuning.Trainer.Stages;
using ServerlessTuning.Trainer.Storage;

namespace ServerlessTuning.Trainer.Tests.Stages;

/// <summary>
/// A run of the tiny base, ready for the trainer: base and dataset uploaded, an order written. The trainer is started as its own process, as
/// the control plane does.
/// </summary>
internal sealed class TinyRun : IAsyncDisposable
{
    public const string Id = "sums-1";
    private readonly string folder = Repository.NewFolder();
    private readonly string storage;

    private TinyRun(string? storage)
    {
        this.storage = storage ?? $"file://{folder}/storage";
        Store = BlobStores.Open(this.storage, TimeProvider.System, _ => { });
    }

    public static string TrainerPath => Path.Combine(AppContext.BaseDirectory, "ServerlessTuning.Trainer.dll");

    public IBlobStore Store { get; }

    public string Work { get; } = Repository.NewFolder();

    /// <summary>Where the blobs lie when the storage is a folder.</summary>
    public string StorageFolder => Path.Combine(folder, "storage");

    /// <param name="storage">A connection string; null means a folder.</param>
    /// <param name="baseFolder">Instead of the tiny base.</param>
    public static async Task<TinyRun> Create(WorkOrder? order = null, string? storage = null, Action<string>? changeBase = null, string? baseFolder = null)
    {
        var run = new TinyRun(storage);
        var model = baseFolder ?? TinyBase.Create();
        changeBase?.Invoke(model);
        await run.Store.UploadFolder(BlobPaths.Models, BlobPaths.Base("tiny"), model, default);
        await run.Upload(BlobPaths.Dataset(Id) + "train-0.safetensors", stream => Shard(0, 48).Write(stream));
        await run.Upload(BlobPaths.Dataset(Id) + "test-0.safetensors", stream => Shard(48, 6).Write(stream));
        await run.Upload(BlobPaths.Dataset(Id) + "test.jsonl", stream =>
        {
            foreach (var (question, answer) in Enumerable.Range(48, 6).Select(Example))
            {
                stream.Write(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new HeldOutExample(question, Prompt(question), answer), TuningJson.Options) + "\n"));
            }
        });
        await run.WriteOrder(order ?? Order());
        return run;
    }

    /// <summary>LoRA over all linear layers, 6 steps, a checkpoint every 2.</summary>
    public static WorkOrder Order(int attempt = 1, long epoch = 1, int steps = 6, int checkpointEvery = 2, double heartbeat = 0.2, double lease = 120, bool lora = true) => new(
        Id, attempt, epoch,
        new TuningPlan("tiny", "sums", TuningTask.Supervised,
            lora ? new LoraConfig(4, 8, 0, ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]) : null, FromScratch: false,
            new TrainingPlan(steps, 1, 0.01, ScheduleType.Cosine, 0, 1, 512, 128, 4, 3, checkpointEvery, Precision.Float32, Recompute: false),
            new GateRequest(-1), null, Seed: 7, []),
        new DatasetReport(true, "chat", TuningTask.Supervised, 128,
            new SplitReport(48, 0, 0, ["train-0.safetensors"]), SplitReport.Empty, new SplitReport(6, 0, 0, ["test-0.safetensors"], "test.jsonl"), 0, 0, 0, 0, []),
        [Stage.Train, Stage.Evaluate, Stage.Export], heartbeat, lease);

    public Task WriteOrder(WorkOrder order) => Store.WriteJson(BlobPaths.Runs, BlobPaths.Order(Id, order.Attempt), order, default);

    public Process Start(int attempt = 1, string? work = null, Action<ProcessStartInfo>? change = null)
    {
        var start = new ProcessStartInfo("dotnet", [TrainerPath, "run", BlobPaths.Order(Id, attempt)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["Tuning__Storage"] = storage, ["Tuning__Work"] = work ?? Work, ["OMP_NUM_THREADS"] = "1" },
        };
        change?.Invoke(start);
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => Output.AppendLine(line.Data);
        process.ErrorDataReceived += (_, line) => Output.AppendLine(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    /// <summary>What the trainers said.</summary>
    public StringBuilder Output { get; } = new();

    public async Task<int> Run(int attempt = 1, string? work = null, Action<ProcessStartInfo>? change = null)
    {
        using var process = Start(attempt, work, change);
        await Ended(process);
        return process.ExitCode;
    }

    /// <summary>The same in this process: quicker to start, and enough where no signal or bit-exact result is at stake.</summary>
    public async Task<int> RunHere(int attempt = 1, string? work = null)
    {
        using var stop = new StopRequest();
        using var log = new StringWriter(Output);
        return await new TrainerRun(new OrderName(Id, attempt), new TrainerSettings(storage, work ?? Work), stop, new RunLog(log, TimeProvider.System), TimeProvider.System).Run();
    }

    public async Task Ended(Process process)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            Assert.Fail($"The trainer did not end in 90 s:\n{Output}");
        }
    }

    public async Task<T> Read<T>(string name) where T : class =>
        await Store.ReadJson<T>(BlobPaths.Runs, name, default) ?? throw new FileNotFoundException($"No {name}. The trainer said:\n{Output}");

    public Task<LatestCheckpoint> Latest() => Read<LatestCheckpoint>(BlobPaths.LatestCheckpoint(Id));

    public Task<TrainerDone> Done(int attempt = 1) => Read<TrainerDone>(BlobPaths.Done(Id, attempt));

    public async Task<byte[]> Bytes(string name) =>
        (await Store.Read(BlobPaths.Runs, $"{Id}/{name}", default))?.Content.ToArray() ?? throw new FileNotFoundException($"No {name}. The trainer said:\n{Output}");

    public async Task<IReadOnlyList<StepMetrics>> Metrics() => [.. Encoding.UTF8.GetString(await Bytes("metrics.jsonl")).Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => JsonSerializer.Deserialize<StepMetrics>(line, TuningJson.Options)!)];

    /// <summary>Waits for something to be true; looks every few milliseconds.</summary>
    public async Task Until(Func<Task<bool>> isTrue, string what)
    {
        var clock = Stopwatch.StartNew();
        while (!await isTrue())
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60), $"{what} did not happen in 60 s. The trainer said:\n{Output}");
            await Task.Delay(5);
        }
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(folder, recursive: true);
        Directory.Delete(Work, recursive: true);
        return ValueTask.CompletedTask;
    }

    public static string Prompt(string question) => $"<|im_start|>user\n{question}<|im_end|>\n<|im_start|>assistant\n";

    private static (string Question, string Answer) Example(int i) => ($"What is {i} plus {i % 7}?", $"It is {i + i % 7}.");

    /// <summary>The tiny base's vocabulary is the bytes, and 256 to 258 the special tokens.</summary>
    private static TokenShard Shard(int first, int count)
    {
        var shard = new TokenShard();
        foreach (var (question, answer) in Enumerable.Range(first, count).Select(Example))
        {
            int[] prompt = [257, .. Bytes("user\n" + question), 258, .. Bytes("\n"), 257, .. Bytes("assistant\n")], said = [.. Bytes(answer), 258];
            shard.Add([.. prompt, .. said, .. Bytes("\n")], [.. prompt.Select(_ => -100), .. said, -100], goesOn: false);
        }

        return shard;

        static IEnumerable<int> Bytes(string text) => Encoding.UTF8.GetBytes(text).Select(b => (int)b);
    }

    private async Task Upload(string name, Action<Stream> write)
    {
        var file = Path.Combine(folder, "upload");
        await using (var stream = File.Create(file))
        {
            write(stream);
        }

        await Store.Upload(BlobPaths.Runs, name, file, default);
    }
}
