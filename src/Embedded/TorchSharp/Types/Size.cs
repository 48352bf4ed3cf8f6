using System.Collections;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>A shape.</summary>
    public struct Size : IEnumerable<long>
    {
        private readonly long[] shape;

        public Size(long[] shape) => this.shape = [.. shape];
        public Size(int[] shape) => this.shape = [.. shape.Select(n => (long)n)];
        public Size(IEnumerable<long> shape) => this.shape = [.. shape];
        public Size(long size) => shape = [size];
        public Size(int size) => shape = [size];

        public static Size Empty = new(Array.Empty<long>());

        public readonly int Length => shape.Length;
        public readonly bool IsEmpty => shape.Length == 0;
        public readonly bool IsScalar => shape.Length == 0;
        public readonly long[] Shape => shape;
        public readonly long this[int idx] => shape[idx];
        public readonly long this[long idx] => shape[idx];
        public readonly long numel() => shape.Aggregate(1L, (product, n) => product * n);
        public readonly Size Slice(int first, int next) => new(shape[first..next]);

        public static implicit operator Size(long[] size) => new(size);
        public static implicit operator Size(long size) => new(size);
        public static implicit operator Size((long, long) size) => new([size.Item1, size.Item2]);
        public static implicit operator Size((long, long, long) size) => new([size.Item1, size.Item2, size.Item3]);
        public static implicit operator Size((long, long, long, long) size) => new([size.Item1, size.Item2, size.Item3, size.Item4]);

        public static bool operator ==(Size left, Size right) => left.shape.AsSpan().SequenceEqual(right.shape);
        public static bool operator !=(Size left, Size right) => !(left == right);

        public override readonly bool Equals(object? obj) => obj is Size other && this == other;
        public override readonly int GetHashCode() => shape.Aggregate(17, (hash, n) => HashCode.Combine(hash, n));

        public readonly IEnumerator<long> GetEnumerator() => ((IEnumerable<long>)shape).GetEnumerator();
        readonly IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
