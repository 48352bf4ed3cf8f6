using static TorchSharp.torch;

namespace ServerlessTuning.Embedded.TorchSharp.Tests;

/// <summary>Each operator is the function its name says: compared with System.Math, element by element.</summary>
public sealed class ValueTests
{
    private static readonly double[] Xs = [-2.5, -1, -0.3, 0.4, 1, 2.5];
    private static readonly double[] Ys = [1.5, -2, 0.7, 3, -1, 2];

    private static readonly Dictionary<string, (Func<Tensor, Tensor> Ours, Func<double, double> Theirs)> ofOne = new()
    {
        ["abs"] = (x => x.abs(), Math.Abs),
        ["neg"] = (x => -x, x => -x),
        ["sign"] = (x => x.sign(), x => Math.Sign(x)),
        ["square"] = (x => x.square(), x => x * x),
        ["reciprocal"] = (x => x.reciprocal(), x => 1 / x),
        ["exp"] = (x => x.exp(), Math.Exp),
        ["expm1"] = (x => x.expm1(), x => Math.Exp(x) - 1),
        ["log"] = (x => x.abs().log(), x => Math.Log(Math.Abs(x))),
        ["log2"] = (x => x.abs().log2(), x => Math.Log2(Math.Abs(x))),
        ["log10"] = (x => x.abs().log10(), x => Math.Log10(Math.Abs(x))),
        ["log1p"] = (x => x.abs().log1p(), x => Math.Log(1 + Math.Abs(x))),
        ["sqrt"] = (x => x.abs().sqrt(), x => Math.Sqrt(Math.Abs(x))),
        ["rsqrt"] = (x => x.abs().rsqrt(), x => 1 / Math.Sqrt(Math.Abs(x))),
        ["ceil"] = (x => x.ceil(), Math.Ceiling),
        ["floor"] = (x => x.floor(), Math.Floor),
        ["trunc"] = (x => x.trunc(), Math.Truncate),
        ["round"] = (x => x.round(), Math.Round),
        ["sin"] = (x => x.sin(), Math.Sin),
        ["cos"] = (x => x.cos(), Math.Cos),
        ["tan"] = (x => x.tan(), Math.Tan),
        ["tanh"] = (x => x.tanh(), Math.Tanh),
        ["sinh"] = (x => x.sinh(), Math.Sinh),
        ["cosh"] = (x => x.cosh(), Math.Cosh),
        ["atan"] = (x => x.atan(), Math.Atan),
        ["sigmoid"] = (x => x.sigmoid(), x => 1 / (1 + Math.Exp(-x))),
        ["silu"] = (x => x.silu(), x => x / (1 + Math.Exp(-x))),
        ["relu"] = (x => x.relu(), x => Math.Max(x, 0)),
        ["softplus"] = (x => x.softplus(), x => Math.Log(1 + Math.Exp(x))),
        ["log_sigmoid"] = (x => x.log_sigmoid(), x => -Math.Log(1 + Math.Exp(-x))),
        ["leaky_relu"] = (x => x.leaky_relu(0.1), x => x < 0 ? 0.1 * x : x),
        ["elu"] = (x => x.elu(2), x => x < 0 ? 2 * (Math.Exp(x) - 1) : x),
        ["clamp"] = (x => x.clamp(-0.5, 0.7), x => Math.Clamp(x, -0.5, 0.7)),
        ["clamp_min"] = (x => x.clamp_min(0), x => Math.Max(x, 0)),
        ["clamp_max"] = (x => x.clamp_max(0), x => Math.Min(x, 0)),
        ["number on the right"] = (x => (((x + 3) * 2 - 1) / 4) % 1, x => Remainder((((x + 3) * 2) - 1) / 4, 1)),
        ["number on the left"] = (x => 2 / (4 - (1 + (2 * x))), x => 2 / (4 - (1 + (2 * x)))),
        ["pow"] = (x => x.pow(3), x => x * x * x),
        ["in place"] = (x => x.clone().add_(1).mul_(2).sub_(3).div_(4).neg_(), x => -((((x + 1) * 2) - 3) / 4)),
        ["add with a factor"] = (x => x.add(x, 3).add(2, 0.5), x => (4 * x) + 1),
        ["addcmul, addcdiv"] = (x => x.addcmul(x, x, 2).addcdiv(x, x, 3), x => x + (2 * x * x) + 3),
        ["nan_to_num"] = (x => (x * double.NaN).nan_to_num(7), _ => 7),
        ["masked_fill"] = (x => x.masked_fill(x > 0, 9), x => x > 0 ? 9 : x),
        ["where"] = (x => where(x > 0, x, x * 2), x => x > 0 ? x : 2 * x),
    };

    private static readonly Dictionary<string, (Func<Tensor, Tensor, Tensor> Ours, Func<double, double, double> Theirs)> ofTwo = new()
    {
        ["+"] = ((x, y) => x + y, (x, y) => x + y),
        ["-"] = ((x, y) => x - y, (x, y) => x - y),
        ["*"] = ((x, y) => x * y, (x, y) => x * y),
        ["/"] = ((x, y) => x / y, (x, y) => x / y),
        ["%"] = ((x, y) => x % y, Remainder),
        ["fmod"] = ((x, y) => x.fmod(y), (x, y) => x % y),
        ["div, truncated"] = ((x, y) => x.div(y, RoundingMode.trunc), (x, y) => Math.Truncate(x / y)),
        ["floor_divide"] = ((x, y) => x.floor_divide(y), (x, y) => Math.Floor(x / y)),
        ["pow"] = ((x, y) => x.abs().pow(y), (x, y) => Math.Pow(Math.Abs(x), y)),
        ["maximum"] = ((x, y) => maximum(x, y), Math.Max),
        ["minimum"] = ((x, y) => x.minimum(y), Math.Min),
        ["atan2"] = ((x, y) => x.atan2(y), Math.Atan2),
        ["hypot"] = ((x, y) => x.hypot(y), (x, y) => Math.Sqrt((x * x) + (y * y))),
        ["logaddexp"] = ((x, y) => x.logaddexp(y), (x, y) => Math.Log(Math.Exp(x) + Math.Exp(y))),
        ["lerp"] = ((x, y) => x.lerp(y, tensor(0.25)), (x, y) => x + (0.25 * (y - x))),
        ["<"] = ((x, y) => x < y, (x, y) => x < y ? 1 : 0),
        ["<="] = ((x, y) => x <= y, (x, y) => x <= y ? 1 : 0),
        [">"] = ((x, y) => x > y, (x, y) => x > y ? 1 : 0),
        [">="] = ((x, y) => x >= y, (x, y) => x >= y ? 1 : 0),
        ["=="] = ((x, y) => x.round() == y.round(), (x, y) => Math.Round(x) == Math.Round(y) ? 1 : 0),
        ["!="] = ((x, y) => x.round() != y.round(), (x, y) => Math.Round(x) != Math.Round(y) ? 1 : 0),
        ["and"] = ((x, y) => (x > 0) & (y > 0), (x, y) => x > 0 && y > 0 ? 1 : 0),
        ["or"] = ((x, y) => (x > 0).logical_or(y > 0), (x, y) => x > 0 || y > 0 ? 1 : 0),
        ["exclusive or"] = ((x, y) => (x > 0) ^ (y > 0), (x, y) => x > 0 != y > 0 ? 1 : 0),
        ["not"] = ((x, y) => ~(x > y), (x, y) => x > y ? 0 : 1),
    };

    /// <summary>One number from a row of numbers.</summary>
    private static readonly Dictionary<string, (Func<Tensor, Tensor> Ours, Func<double[], double> Theirs)> ofRow = new()
    {
        ["sum"] = (x => x.sum(), x => x.Sum()),
        ["mean"] = (x => x.mean(), x => x.Average()),
        ["mean of a dimension"] = (x => x.mean([0]), x => x.Average()),
        ["prod"] = (x => x.prod(), x => x.Aggregate(1.0, (p, v) => p * v)),
        ["var"] = (x => x.var(), x => x.Sum(v => Math.Pow(v - x.Average(), 2)) / (x.Length - 1)),
        ["std, biased"] = (x => x.std(0, unbiased: false), x => Math.Sqrt(x.Sum(v => Math.Pow(v - x.Average(), 2)) / x.Length)),
        ["max"] = (x => x.max(), x => x.Max()),
        ["min of a dimension"] = (x => x.min(0).values, x => x.Min()),
        ["amax"] = (x => x.amax(0), x => x.Max()),
        ["argmax"] = (x => x.argmax(), x => Array.IndexOf(x, x.Max())),
        ["argmin"] = (x => x.argmin(0), x => Array.IndexOf(x, x.Min())),
        ["norm"] = (x => x.norm(), x => Math.Sqrt(x.Sum(v => v * v))),
        ["norm 1"] = (x => x.norm(0, p: 1), x => x.Sum(Math.Abs)),
        ["logsumexp"] = (x => x.logsumexp(0), x => Math.Log(x.Sum(Math.Exp))),
        ["last of cumsum"] = (x => x.cumsum(0)[^1], x => x.Sum()),
        ["first of softmax"] = (x => x.softmax(0)[0], x => Math.Exp(x[0]) / x.Sum(Math.Exp)),
        ["first of log_softmax"] = (x => x.log_softmax(0)[0], x => x[0] - Math.Log(x.Sum(Math.Exp))),
        ["median"] = (x => x.median(), x => x.Order().ElementAt((x.Length - 1) / 2)),
        ["any"] = (x => (x > 2).any(), x => x.Any(v => v > 2) ? 1 : 0),
        ["all"] = (x => (x > 2).all(), x => x.All(v => v > 2) ? 1 : 0),
        ["count_nonzero"] = (x => (x > 0).count_nonzero(), x => x.Count(v => v > 0)),
        ["dot"] = (x => x.dot(x), x => x.Sum(v => v * v)),
        ["cross entropy"] = (x => nn.functional.cross_entropy(x, tensor(2L)), x => Math.Log(x.Sum(Math.Exp)) - x[2]),
        ["mse"] = (x => nn.functional.mse_loss(x, x + 2), _ => 4),
    };

    public static TheoryData<string> OfOne => [.. ofOne.Keys];

    public static TheoryData<string> OfTwo => [.. ofTwo.Keys];

    public static TheoryData<string> OfRow => [.. ofRow.Keys];

    [Theory]
    [MemberData(nameof(OfOne))]
    public void A_function_of_one_operand_is_what_its_name_says(string name) =>
        Near(Xs.Select(ofOne[name].Theirs), ofOne[name].Ours(tensor(Xs)));

    [Theory]
    [MemberData(nameof(OfTwo))]
    public void A_function_of_two_operands_is_what_its_name_says(string name) =>
        Near(Xs.Zip(Ys, ofTwo[name].Theirs), ofTwo[name].Ours(tensor(Xs), tensor(Ys)));

    [Theory]
    [MemberData(nameof(OfRow))]
    public void A_reduction_is_what_its_name_says(string name) => Near([ofRow[name].Theirs(Xs)], ofRow[name].Ours(tensor(Xs)));

    [Fact]
    public void A_singular_value_decomposition_multiplies_back_to_its_matrix()
    {
        using var scope = NewDisposeScope();
        var matrix = tensor(new float[] { 3, 0, 0, -2, 0, 0 }, dtype: ScalarType.Float32).view(3, 2);

        var (u, s, vh) = linalg.svd(matrix, fullMatrices: false);

        Assert.Equal([3, 2], s.data<float>().ToArray());
        Assert.True(allclose(matrix, (u * s).mm(vh)));
        Assert.Equal([3, 3], linalg.svd(matrix).U.shape);
    }

    [Fact]
    public void Products_add_up_rows_times_columns()
    {
        Tensor a = tensor(new double[,] { { 1, 2 }, { 3, 4 } }), b = tensor(new double[,] { { 5, 6 }, { 7, 8 } }), c = tensor((double[])[10, 20]);

        Near([19, 22, 43, 50], a.matmul(b));
        Near([29, 42, 53, 70], c.addmm(a, b, 1, 1));
        Near([24, 32, 48, 60], c.addmm(a, b, 0.5f, 1));
        Near([17 + 10, 23 + 20, 39 + 10, 53 + 20], nn.functional.linear(a, b, c));
        Near([50, 110], a.mv(c));
        Near([19, 22, 43, 50], einsum("ij,jk->ik", a, b));
        Near([10, 20, 20, 40], tensor((double[])[1, 2]).outer(c));
    }

    private static void Near(IEnumerable<double> expected, Tensor actual) =>
        Assert.Equal(expected, actual.to(float64).data<double>().ToArray(), (e, a) => Math.Abs(e - a) <= 1e-9 * (1 + Math.Abs(e)));

    /// <summary>With the divisor's sign, as Python's.</summary>
    private static double Remainder(double x, double y) => x - (y * Math.Floor(x / y));
}
