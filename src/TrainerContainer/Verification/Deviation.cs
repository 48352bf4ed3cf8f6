using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Verification;

/// <summary>How far what came out is from what should have, where that is furthest from what is allowed.</summary>
/// <param name="Found">Largest difference.</param>
/// <param name="Allowed">What was allowed there.</param>
/// <param name="What">The quantity, or what went wrong.</param>
public sealed record Deviation(double Found, double Allowed, string What)
{
    public static readonly Deviation None = new(0, 0, "all");

    public bool IsAllowed => Found <= Allowed;

    /// <summary>Something that is right or wrong, not near or far.</summary>
    public static Deviation Exact(bool isRight, string what) => isRight ? None with { What = what } : new(double.PositiveInfinity, 0, what);

    /// <summary>The worse one.</summary>
    public Deviation Or(Deviation other) => other.Share > Share ? other : this;

    /// <summary>Element by element.</summary>
    public static Deviation Of(string what, Tensor expected, Tensor found, (double Relative, double Absolute) tolerance)
    {
        using var scope = NewDisposeScope();
        if (!expected.shape.SequenceEqual(found.shape))
        {
            return new(double.PositiveInfinity, 0, $"{what} (shape [{string.Join(", ", found.shape)}], expected [{string.Join(", ", expected.shape)}])");
        }

        if (expected.numel() == 0)
        {
            return None with { What = what };
        }

        var (want, got) = (expected.detach().to(ScalarType.Float64).flatten(), found.detach().to(ScalarType.Float64).flatten());
        var difference = (got - want).abs();
        var allowed = want.abs() * tolerance.Relative + tolerance.Absolute;
        var worst = (difference - allowed).argmax().item<long>();
        return new(Finite(difference[worst].item<double>()), allowed[worst].item<double>(), what);
    }

    public static Deviation Of(string what, double expected, double found, (double Relative, double Absolute) tolerance) =>
        new(Finite(Math.Abs(expected - found)), tolerance.Absolute + tolerance.Relative * Math.Abs(expected), what);

    private double Share => Found == 0 ? 0 : Allowed == 0 ? double.PositiveInfinity : Found / Allowed;

    private static double Finite(double value) => double.IsNaN(value) ? double.PositiveInfinity : value;
}
