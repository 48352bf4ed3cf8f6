using TorchSharp;
using static TorchSharp.torch;

namespace ServerlessTuning.Embedded.TorchSharp.Tests;

public sealed class ThreadTests
{
    [Fact]
    public void Every_core_is_used_unless_told_otherwise()
    {
        var usual = get_num_threads();
        Assert.Equal(Environment.ProcessorCount, usual);

        set_num_threads(1);
        Assert.Equal(1, get_num_threads());

        set_num_threads(usual);
        Assert.Equal(usual, get_num_threads());
    }

    [Fact]
    public void Several_threads_may_record_and_run_backward_at_once()
    {
        var sums = new double[8];

        Parallel.For(0, sums.Length, k =>
        {
            using var scope = NewDisposeScope();
            var x = full(50, 50, k + 1.0).requires_grad_();
            for (var step = 0; step < 20; step++)
            {
                x.matmul(x).sum().backward();
            }
            sums[k] = x.grad!.sum().ToDouble();
        });

        Assert.Equal(Enumerable.Range(1, 8).Select(k => 20.0 * 2 * 50 * 50 * 50 * k), sums);
    }
}
