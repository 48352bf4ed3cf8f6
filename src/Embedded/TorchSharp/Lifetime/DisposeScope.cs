using static TorchSharp.torch;

namespace TorchSharp;

/// <summary>Owns the tensors made on its thread while it was the innermost scope, and disposes them when it is disposed.</summary>
public sealed class DisposeScope : IDisposable
{
    private DisposeScopeManager? manager;

    internal DisposeScope(DisposeScopeManager manager) => (this.manager, OuterScope) = (manager, manager.CurrentDisposeScope);

    internal DisposeScope? OuterScope { get; set; }

    internal HashSet<IDisposable> Disposables { get; private set; } = new(ReferenceEqualityComparer.Instance);

    public IReadOnlyList<IDisposable> DisposablesView
    {
        get
        {
            ThrowIfDisposed();
            return [.. Disposables];
        }
    }

    public int DisposablesCount
    {
        get
        {
            ThrowIfDisposed();
            return Disposables.Count;
        }
    }

    public bool Contains(IDisposable disposable) => Disposables.Contains(disposable);

    /// <summary>Hands over to the enclosing scope; without one, to the caller.</summary>
    public T MoveToOuter<T>(T disposable) where T : IDisposable => MoveToOther(OuterScope, disposable);

    public (T1 first, T2 second) MoveToOuter<T1, T2>(T1 first, T2 second) where T1 : IDisposable where T2 : IDisposable
    {
        MoveToOuter([first, second]);
        return (first, second);
    }

    public (T1 first, T2 second, T3 third) MoveToOuter<T1, T2, T3>(T1 first, T2 second, T3 third)
        where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable
    {
        MoveToOuter([first, second, third]);
        return (first, second, third);
    }

    public void MoveToOuter(params IDisposable[] disposables) => MoveToOther(OuterScope, disposables);

    public void MoveToOuter(IEnumerable<IDisposable> disposables) => MoveToOther(OuterScope, disposables);

    public T MoveToOther<T>(DisposeScope? scope, T disposable) where T : IDisposable
    {
        MoveToOther(scope, [disposable]);
        return disposable;
    }

    public void MoveToOther(DisposeScope? scope, params IDisposable[] disposables) => MoveToOther(scope, (IEnumerable<IDisposable>)disposables);

    public void MoveToOther(DisposeScope? scope, IEnumerable<IDisposable> disposables)
    {
        ThrowIfDisposed();
        if (scope is null)
        {
            Detach(disposables);
            return;
        }
        foreach (var disposable in disposables)
        {
            if (Disposables.Remove(disposable))
            {
                scope.Take(disposable);
            }
        }
    }

    public T Detach<T>(T disposable) where T : IDisposable
    {
        Detach([disposable]);
        return disposable;
    }

    public void Detach(params IDisposable[] disposables) => Detach((IEnumerable<IDisposable>)disposables);

    /// <summary>From here on the caller owns them.</summary>
    public void Detach(IEnumerable<IDisposable> disposables)
    {
        ThrowIfDisposed();
        foreach (var disposable in disposables)
        {
            if (Disposables.Remove(disposable) && disposable is Tensor tensor)
            {
                manager!.StatisticsInstance.TensorStatistics.DetachedFromScopeCount++;
                tensor.OwningDisposeScope = null;
            }
        }
    }

    public void Attach(IDisposable disposable) => Attach((IEnumerable<IDisposable>)[disposable]);

    public void Attach(params IDisposable[] disposables) => Attach((IEnumerable<IDisposable>)disposables);

    public IReadOnlyList<IDisposable> Attach(IEnumerable<IDisposable> disposables)
    {
        ThrowIfDisposed();
        List<IDisposable> attached = [.. disposables];
        foreach (var disposable in attached)
        {
            if (Take(disposable))
            {
                manager!.StatisticsInstance.TensorStatistics.AttachedToScopeCount++;
            }
        }
        return attached;
    }

    public void DisposeEverything() => DisposeEverythingBut(Array.Empty<IDisposable>());

    public void DisposeEverythingBut(params IDisposable[] keep) => DisposeEverythingBut((IEnumerable<IDisposable>)keep);

    public T DisposeEverythingBut<T>(T keep) where T : IDisposable
    {
        DisposeEverythingBut([keep]);
        return keep;
    }

    public void DisposeEverythingBut(IEnumerable<IDisposable> inKeep)
    {
        ThrowIfDisposed();
        var old = Disposables;
        Disposables = inKeep.ToHashSet<IDisposable>(ReferenceEqualityComparer.Instance);
        foreach (var disposable in old)
        {
            if (!Disposables.Contains(disposable))
            {
                disposable.Dispose();
            }
        }
    }

    public void MarkAsDisposed(IDisposable disposable)
    {
        ThrowIfDisposed();
        Disposables.Remove(disposable);
        if (disposable is Tensor tensor)
        {
            tensor.OwningDisposeScope = null;
        }
    }

    public void Dispose()
    {
        if (manager is null)
        {
            return;
        }
        DisposeEverything();
        manager.RemoveDisposeScope(this);
        manager = null;
    }

    /// <summary>A parameter takes the place of the tensor it was made of.</summary>
    internal static void ReplaceWith(Tensor original, Tensor replacement)
    {
        if (original.OwningDisposeScope is { } scope && scope.Disposables.Remove(original))
        {
            original.OwningDisposeScope = null;
            scope.Take(replacement);
        }
    }

    private bool Take(IDisposable disposable)
    {
        if (disposable is not Tensor tensor)
        {
            throw new InvalidOperationException("DisposeScope can only manage Tensor or PackedSequence");
        }
        var old = tensor.OwningDisposeScope;
        if (old == this)
        {
            Disposables.Add(tensor);
            return false;
        }
        Disposables.Add(tensor);
        old?.Disposables.Remove(tensor);
        tensor.OwningDisposeScope = this;
        return true;
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(manager is null, this);
}
