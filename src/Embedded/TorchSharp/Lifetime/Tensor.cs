using static TorchSharp.Door;

namespace TorchSharp;

public static partial class torch
{
    public static DisposeScope? CurrentDisposeScope => DisposeScopeManager.ThreadSingleton.CurrentDisposeScope;

    /// <summary>Tensors made from here on belong to the scope, until it is disposed or they are moved out.</summary>
    public static DisposeScope NewDisposeScope() => DisposeScopeManager.ThreadSingleton.NewDisposeScope();

    public static Tensor WrappedTensorDisposeScope(Func<Tensor> expr)
    {
        using var scope = NewDisposeScope();
        return expr().MoveToOuterDisposeScope();
    }

    /// <summary>A handle to a libtorch tensor. Dispose it, or let a <see cref="DisposeScope"/> do so; the garbage collector is the last resort.</summary>
    public partial class Tensor : IDisposable
    {
        private static long totalCount;
        private static long peakCount;

        private nint handle;

        /// <param name="isNew">False when the handle is taken over from another Tensor.</param>
        internal Tensor(nint handle, bool isNew = true)
        {
            this.handle = handle;
            if (!isNew)
            {
                return;
            }
            var count = Interlocked.Increment(ref totalCount);
            if (count > Volatile.Read(ref peakCount))
            {
                Volatile.Write(ref peakCount, count);
            }
            OwningDisposeScope = DisposeScopeManager.ThreadSingleton.RegisterOnCurrentDisposeScope(this);
        }

        ~Tensor() => Dispose(false);

        /// <summary>Tensors alive in the process.</summary>
        public static long TotalCount => Interlocked.Read(ref totalCount);

        public static long PeakCount => Interlocked.Read(ref peakCount);

        internal DisposeScope? OwningDisposeScope { get; set; }

        public nint Handle => handle != 0 ? handle : throw new InvalidOperationException("Tensor invalid -- empty handle. It was disposed, by hand or with its dispose scope.");

        public bool IsInvalid => handle == 0;

        public string? name { get; set; }

        public static Tensor UnsafeCreateTensor(nint handle) => new(handle);

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        /// <param name="disposing">False on the garbage collector's thread, which must not touch another thread's scopes.</param>
        protected virtual void Dispose(bool disposing)
        {
            var held = Interlocked.Exchange(ref handle, 0);
            if (held == 0)
            {
                return;
            }
            if (disposing)
            {
                DisposeScopeManager.ThreadSingleton.DisposingOnCurrentScope(this);
                OwningDisposeScope?.MarkAsDisposed(this);
            }
            Interlocked.Decrement(ref totalCount);
            door_free(held);
        }

        public Tensor MoveToOuterDisposeScope()
        {
            OwningDisposeScope?.MoveToOuter(this);
            return this;
        }

        public Tensor MoveToOtherDisposeScope(Tensor other) => MoveToOtherDisposeScope(other.OwningDisposeScope);

        public Tensor MoveToOtherDisposeScope(DisposeScope? other)
        {
            if (OwningDisposeScope is null)
            {
                other?.Attach(this);
            }
            else
            {
                OwningDisposeScope.MoveToOther(other, this);
            }
            return this;
        }

        public Tensor DetachFromDisposeScope()
        {
            OwningDisposeScope?.Detach(this);
            return this;
        }

        public nint DecoupleFromNativeHandle()
        {
            GC.SuppressFinalize(this);
            Interlocked.Decrement(ref totalCount);
            return MoveHandle();
        }

        internal nint MoveHandle()
        {
            var moved = Handle;
            handle = 0;
            return moved;
        }
    }
}
