using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ServerlessTuning.Embedded.TorchSharp.Tests;

public sealed class LifetimeTests
{
    [Fact]
    public void A_scope_disposes_what_was_made_inside()
    {
        Tensor made;
        using (var scope = NewDisposeScope())
        {
            made = ones(2) + 1;
            Assert.Equal(2, scope.DisposablesCount);
            Assert.Same(scope, CurrentDisposeScope);
        }

        Assert.True(made.IsInvalid);
        Assert.Null(CurrentDisposeScope);
    }

    [Fact]
    public void What_is_moved_out_belongs_to_the_outer_scope()
    {
        using var outer = NewDisposeScope();
        Tensor kept, moved;
        using (var inner = NewDisposeScope())
        {
            kept = ones(1).MoveToOuterDisposeScope();
            moved = inner.MoveToOuter(ones(1));
        }

        Assert.False(kept.IsInvalid || moved.IsInvalid);
        Assert.True(outer.Contains(kept) && outer.Contains(moved));
    }

    [Fact]
    public void Without_an_outer_scope_or_detached_the_caller_owns_it()
    {
        Tensor moved, detached;
        using (NewDisposeScope())
        {
            moved = ones(1).MoveToOuterDisposeScope();
            detached = ones(1).DetachFromDisposeScope();
        }

        Assert.False(moved.IsInvalid || detached.IsInvalid);
        moved.Dispose();
        detached.Dispose();
    }

    [Fact]
    public void A_scope_can_dispose_all_but_some_and_attach_others()
    {
        var before = ones(1);
        using var scope = NewDisposeScope();
        Tensor kept = ones(1), lost = ones(1);
        scope.Attach(before);

        scope.DisposeEverythingBut(kept);

        Assert.Equal([kept], scope.DisposablesView);
        Assert.True(before.IsInvalid && lost.IsInvalid);
    }

    [Fact]
    public void Scopes_are_of_one_thread()
    {
        using var scope = NewDisposeScope();
        Tensor? elsewhere = null;

        var thread = new Thread(() => elsewhere = CurrentDisposeScope is null ? ones(1) : null);
        thread.Start();
        thread.Join();

        Assert.NotNull(elsewhere);
        Assert.Equal(0, scope.DisposablesCount);
        elsewhere.Dispose();
    }

    [Fact]
    public void The_statistics_count_what_the_package_counts()
    {
        var statistics = DisposeScopeManager.Statistics;
        statistics.Reset();

        var outside = ones(1);
        using (NewDisposeScope())
        {
            ones(1).Dispose();
            _ = ones(1).DetachFromDisposeScope();
            _ = outside.MoveToOtherDisposeScope(CurrentDisposeScope);
        }

        Assert.Equal("ThreadTotalLiveCount: 1; CreatedOutsideScopeCount: 1; DisposedOutsideScopeCount: 0; CreatedInScopeCount: 2; "
            + "DisposedInScopeCount: 2; AttachedToScopeCount: 1; DetachedFromScopeCount: 1", statistics.ToString());
    }

    [Fact]
    public void A_parameter_takes_the_tensor_over()
    {
        var before = Tensor.TotalCount;
        using (var scope = NewDisposeScope())
        {
            var data = ones(2);
            var parameter = new Parameter(data);

            Assert.True(data.IsInvalid && parameter.requires_grad && scope.Contains(parameter));
        }
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void Disposing_twice_and_from_several_threads_frees_once()
    {
        var before = Tensor.TotalCount;
        Tensor[] tensors = [.. Enumerable.Range(0, 200).Select(_ => ones(3))];

        Parallel.For(0, 800, k => tensors[k % 200].Dispose());

        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void The_garbage_collector_frees_what_was_forgotten()
    {
        var before = Tensor.TotalCount;
        Forget();

        for (var k = 0; k < 20 && Tensor.TotalCount > before; k++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.True(Tensor.TotalCount <= before);

        static void Forget()
        {
            for (var k = 0; k < 100; k++)
            {
                _ = ones(10) + 1;
            }
        }
    }

    [Fact]
    public void A_thousand_training_steps_leave_tensor_count_and_memory_flat()
    {
        manual_seed(1);
        using var layer = nn.Linear(64, 64);
        var (steps, tensorsAt, memoryAt) = (1000, new long[2], new long[2]);
        for (var step = 0; step <= steps; step++)
        {
            if (step == 200 || step == steps)
            {
                (memoryAt[step / steps], tensorsAt[step / steps]) = (ResidentBytes(), Tensor.TotalCount);
            }
            using var scope = NewDisposeScope();
            nn.functional.silu(layer.call(randn(32, 64))).square().mean().backward();
            using var off = no_grad();
            foreach (var parameter in layer.parameters())
            {
                parameter.add_(parameter.grad!, -0.01);
            }
            layer.zero_grad();
        }

        Assert.Equal(tensorsAt[0], tensorsAt[1]);
        Assert.InRange(memoryAt[1] - memoryAt[0], long.MinValue, 16 << 20);
    }

    private static long ResidentBytes()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) << 10;
    }
}
