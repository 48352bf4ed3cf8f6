using System.Runtime.InteropServices;
using System.Text;
using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Checkpoints;
using ServerlessTuning.Datasets.Preparation;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Datasets.Tests.Preparation;

/// <summary>A dataset prepared in a temporary folder, with a base model whose tokens are bytes.</summary>
internal sealed class PreparedDataset : IDisposable
{
    private readonly string folder = Repository.NewFolder();
    private readonly List<DatasetFile> files = [];

    public PreparedDataset() => ByteModel.Write(Base);

    public DatasetReport Report { get; private set; } = null!;

    public string Base => Path.Combine(folder, "base");

    public string Output => Path.Combine(folder, "out");

    /// <summary>The only problem, as a person reads it.</summary>
    public string Problem => Assert.Single(Report.Problems).ToString();

    public static async Task<PreparedDataset> Of(string content, string name = "train.jsonl", SplitRequest? split = null, TuningTask? task = null, int? context = null, long chunkBytes = 1 << 20) =>
        await new PreparedDataset().With(name, content).RunAsync(split, task, context, chunkBytes);

    public PreparedDataset With(string name, string content, DatasetSplit split = DatasetSplit.Train) => With(name, Encoding.UTF8.GetBytes(content), split);

    public PreparedDataset With(string name, byte[] content, DatasetSplit split = DatasetSplit.Train)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllBytes(path, content);
        files.Add(new(path, "", content.Length, split));
        return this;
    }

    public async Task<PreparedDataset> RunAsync(SplitRequest? split = null, TuningTask? task = null, int? context = null, long chunkBytes = 1 << 20)
    {
        var request = new TuningRequest(Task: task, Hyperparameters: new(ContextLength: context), Split: split);
        Report = await LocalPreparation.RunAsync(new(request, files), new FolderStore(Base, Output), chunkBytes, chunksAtOnce: 2, CancellationToken.None);
        return this;
    }

    /// <summary>Every example of a split: its tokens and labels.</summary>
    public List<(int[] Ids, int[] Labels)> Examples(SplitReport split) => [.. split.Shards.SelectMany(shard => ReadShard(Path.Combine(Output, shard)))];

    /// <summary>Every example of a split as text.</summary>
    public List<string> Texts(SplitReport split) => [.. Examples(split).Select(static example => ByteModel.Text(example.Ids))];

    /// <summary>What of an example is learned, as text, with | between pieces that do not touch.</summary>
    public static string Learned((int[] Ids, int[] Labels) example)
    {
        var pieces = new StringBuilder();
        for (var i = 0; i < example.Ids.Length; i++)
        {
            if (example.Labels[i] != -100)
            {
                Assert.Equal(example.Ids[i], example.Labels[i]);
                pieces.Append(i > 0 && example.Labels[i - 1] == -100 && pieces.Length > 0 ? "|" : "").Append(ByteModel.Text([example.Labels[i]]));
            }
        }

        return pieces.ToString();
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static IEnumerable<(int[] Ids, int[] Labels)> ReadShard(string path)
    {
        var entries = SafetensorsHeader.Read(path).Entries;
        var bytes = File.ReadAllBytes(path);
        T[] Values<T>(string name) where T : unmanaged => MemoryMarshal.Cast<byte, T>(bytes.AsSpan((int)entries[name].Begin, (int)entries[name].Bytes)).ToArray();
        var (ids, labels, offsets) = (Values<int>("input_ids"), Values<int>("labels"), Values<long>("offsets"));
        return offsets.Zip(offsets.Skip(1), (begin, end) => (ids[(int)begin..(int)end], labels[(int)begin..(int)end]));
    }
}
