// The embedded TorchSharp's half of the bench: one JSON line with the microseconds of each case. bench.py runs it and compares.
using System.Diagnostics;
using System.Text.Json;
using static TorchSharp.torch;

set_num_threads(int.Parse(args[0]));
manual_seed(1);
using var scope = NewDisposeScope();
Tensor small = ones(2, 2), weight = ones(2, 2).requires_grad_();
var cases = new Dictionary<string, Action>
{
    ["add"] = () => small.add(small).Dispose(),
    ["add, in place"] = () => small.add_(small),
    ["add, recorded"] = () => weight.add(small).Dispose(),
    ["view, recorded"] = () => weight.view(4).Dispose(),
    ["16 x 16 product"] = Product(16, 16, 16, float32),
    ["forward and backward of 3 ops"] = () =>
    {
        using var step = NewDisposeScope();
        weight.mul(small).add(small).sum().backward();
    },
};
foreach (var type in new[] { float32, bfloat16 })
{
    var name = type == float32 ? "fp32" : "bf16";
    cases[$"{name} 256 x 256 x 256"] = Product(256, 256, 256, type);
    cases[$"{name} 4096 x 256 x 1024"] = Product(4096, 256, 1024, type);
    cases[$"{name} 1024 x 1024 x 1024"] = Product(1024, 1024, 1024, type);
}
Console.WriteLine(JsonSerializer.Serialize(cases.ToDictionary(c => c.Key, c => Microseconds(c.Value))));

static Action Product(long m, long k, long n, ScalarType type)
{
    Tensor a = randn(m, k).to(type), b = randn(k, n).to(type);
    return () => a.mm(b).Dispose();
}

// The fastest of ten blocks: what the machine's other work adds is left out.
static double Microseconds(Action action)
{
    var (count, best) = (1, double.MaxValue);
    for (var block = 0; block < 10; block++)
    {
        var start = Stopwatch.GetTimestamp();
        for (var k = 0; k < count; k++)
        {
            action();
        }
        var each = Stopwatch.GetElapsedTime(start).TotalMicroseconds / count;
        best = block < 2 ? double.MaxValue : Math.Min(best, each);
        count = Math.Max(1, (int)(50_000 / each));
    }
    return best;
}
