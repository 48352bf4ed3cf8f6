namespace TorchSharp;

// What the one-line operators need to pass their options on.
public static partial class torch
{
    public enum RoundingMode
    {
        None = 0,
        trunc = 1,
        floor = 2,
    }

    private static string? Rounding(RoundingMode mode) => mode == RoundingMode.None ? null : mode.ToString();

    private static Tensor As(Tensor result, ScalarType? type) => type is { } t && t != result.dtype ? result.to(t, disposeAfter: true) : result;

    private static Tensor Out(Tensor result, Tensor? target)
    {
        if (target is null)
        {
            return result;
        }
        using (result)
        {
            return Aten.Change("resize_", target, result.shape).copy_(result);
        }
    }

    public partial class Tensor
    {
        /// <summary>A dimension counted from the start.</summary>
        private long Whole(long dim) => dim < 0 ? dim + this.dim() : dim;
    }
}
