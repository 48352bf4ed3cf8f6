using System.Diagnostics;
using System.Globalization;
using ServerlessTuning.Datasets.Checkpoints;
using ServerlessTuning.Trainer.Models;
using static TorchSharp.torch;

// write <folder> <type>: a checkpoint of 1 GB, shaped as a Llama of one billion bytes. measure <folder>: opens it, maps every tensor, reads the file, sums every tensor.
return args switch
{
    ["write", var folder, var type] => Write(folder, Enum.Parse<SafetensorsType>(type)),
    ["measure", var folder] => Measure(folder),
    _ => 2,
};

static int Write(string folder, SafetensorsType type)
{
    const int Width = 2048, Inner = 5632;
    var layers = type == SafetensorsType.F32 ? 5 : 10;
    var tensors = new List<SafetensorsTensor> { Tensor("model.embed_tokens.weight", [8192, Width]), Tensor("model.norm.weight", [Width]) };
    for (var layer = 0; layer < layers; layer++)
    {
        var name = $"model.layers.{layer}";
        tensors.AddRange(new[] { "q", "k", "v", "o" }.Select(part => Tensor($"{name}.self_attn.{part}_proj.weight", [Width, Width])));
        tensors.AddRange(new[] { "gate", "up" }.Select(part => Tensor($"{name}.mlp.{part}_proj.weight", [Inner, Width])));
        tensors.Add(Tensor($"{name}.mlp.down_proj.weight", [Width, Inner]));
        tensors.AddRange(new[] { "input_layernorm", "post_attention_layernorm" }.Select(part => Tensor($"{name}.{part}.weight", [Width])));
    }

    using var file = File.Create(Path.Combine(folder, "model.safetensors"));
    SafetensorsWriter.Write(file, tensors);
    return 0;

    SafetensorsTensor Tensor(string name, long[] shape) => new(name, type, shape, stream => stream.Write(Ones(shape.Aggregate(1L, (a, b) => a * b))));

    // 2^-10 in either type: sums stay exact.
    byte[] Ones(long count)
    {
        var bytes = new byte[count * type.Size()];
        for (var i = type.Size() - 2; i < bytes.Length; i += type.Size())
        {
            (bytes[i], bytes[i + 1]) = (0x80, 0x3a);
        }

        return bytes;
    }
}

static int Measure(string folder)
{
    using (NewDisposeScope())
    {
        zeros(1).sum();        // libtorch is loaded and warm
    }

    var watch = Stopwatch.StartNew();
    using (NewDisposeScope())
    {
        using var small = new MappedWeights(Path.Combine(folder, "small"), ScalarType.Float32, trains: false, CPU);
        small.Stored("x");      // the reader's code is compiled
    }

    var cold = watch.Elapsed.TotalMilliseconds;

    using var scope = NewDisposeScope();
    var before = Resident();
    watch.Restart();
    using var weights = new MappedWeights(folder, ScalarType.Float32, trains: false, CPU);
    var tensors = weights.Names.Select(weights.Stored).ToList();
    var open = watch.Elapsed.TotalMilliseconds;
    var grown = Resident() - before;

    var path = Path.Combine(folder, "model.safetensors");
    Read(path);        // warm the page cache
    var (reads, sums) = (new List<double>(), new List<double>());
    watch.Restart();
    var total = Sum(tensors);
    var firstSum = watch.Elapsed.TotalMilliseconds;        // maps every page
    for (var i = 0; i < 5; i++)
    {
        reads.Add(Timed(() => Read(path)));
        using var fresh = NewDisposeScope();
        sums.Add(Timed(() =>
        {
            using var again = new MappedWeights(folder, ScalarType.Float32, trains: false, CPU);
            total = Sum([.. again.Names.Select(again.Stored)]);
        }));
    }

    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $$"""
        {"tensors": {{tensors.Count}}, "bytes": {{new FileInfo(path).Length}}, "coldMs": {{cold:F2}}, "openMs": {{open:F2}}, "residentMiB": {{grown / 1048576.0:F2}}, "firstSumMs": {{firstSum:F0}}, "readMs": {{reads.Min():F0}}, "sumMs": {{sums.Min():F0}}, "total": {{total}} }
        """));
    return 0;
}

static double Sum(IEnumerable<Tensor> tensors)
{
    var total = 0.0;
    foreach (var tensor in tensors)
    {
        using var step = NewDisposeScope();
        total += tensor.sum().to(ScalarType.Float32).item<float>();    // libtorch adds bfloat16 up in float32 and rounds at the end
    }

    return total;
}

static double Timed(Action what)
{
    var watch = Stopwatch.StartNew();
    what();
    return watch.Elapsed.TotalMilliseconds;
}

static void Read(string path)
{
    var buffer = new byte[1 << 20];
    using var file = File.OpenHandle(path);
    for (long at = 0, read; (read = RandomAccess.Read(file, buffer, at)) > 0; at += read)
    {
    }
}

static long Resident() => long.Parse(File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmRSS", StringComparison.Ordinal)).Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
