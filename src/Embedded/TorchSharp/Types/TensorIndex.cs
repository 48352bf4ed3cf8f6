namespace TorchSharp;

public static partial class torch
{
    /// <summary>One entry of an index: a position, a slice, "all", "the rest", a new dimension, or a tensor of positions or a mask.</summary>
    public struct TensorIndex
    {
        internal enum Kind { None, Single, Slice, Ellipsis, Tensor }

        internal Kind kind;
        internal long? start, stop, step;
        internal Tensor? tensor;

        public static TensorIndex None = new() { kind = Kind.None };
        public static TensorIndex Null = new() { kind = Kind.None };
        public static TensorIndex Ellipsis = new() { kind = Kind.Ellipsis };
        public static TensorIndex Colon = Slice();

        public static TensorIndex Single(long? index) => index is { } i ? new() { kind = Kind.Single, start = i } : None;

        public static TensorIndex Slice(long? start = null, long? stop = null, long? step = null) =>
            new() { kind = Kind.Slice, start = start, stop = stop, step = step };

        public static TensorIndex Slice((int? start, int? end) range) => Slice(range.start, range.end);

        public static TensorIndex Slice(Range range) => Slice(Position(range.Start, false), Position(range.End, true));

        public static TensorIndex Tensor(Tensor tensor) => new() { kind = Kind.Tensor, tensor = tensor };

        public static TensorIndex Bool(bool value) => Tensor(torch.tensor(value));

        public static implicit operator TensorIndex(long value) => Single(value);
        public static implicit operator TensorIndex(Index index) => Single(index.IsFromEnd ? -index.Value : index.Value);
        public static implicit operator TensorIndex(Range range) => Slice(range);
        public static implicit operator TensorIndex((int? start, int? end) range) => Slice(range);

        private static long? Position(Index index, bool isEnd) =>
            !index.IsFromEnd ? index.Value : index.Value == 0 && isEnd ? null : -index.Value;
    }
}
