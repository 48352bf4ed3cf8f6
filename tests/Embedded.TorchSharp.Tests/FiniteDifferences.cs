using TorchSharp;
using static TorchSharp.torch;

namespace ServerlessTuning.Embedded.TorchSharp.Tests;

/// <summary>The reference for gradients: (f(x + h) - f(x - h)) / 2h for each element, in double precision.</summary>
internal static class FiniteDifferences
{
    private const double H = 1e-6;

    /// <summary>Compares backward's gradient of a weighted sum of f with the differences, for each input.</summary>
    public static void Agree(Func<Tensor[], Tensor> f, params Tensor[] inputs)
    {
        using var scope = NewDisposeScope();
        Tensor[] leaves = [.. inputs.Select(x => x.detach().clone().requires_grad_())];
        var weights = cos(arange(f(leaves).numel(), float64)) + 1.5;
        Tensor Loss() => (f(leaves).reshape(-1) * weights).sum();
        Loss().backward();

        for (var k = 0; k < leaves.Length; k++)
        {
            var expected = Differences(leaves[k], Loss);
            var actual = leaves[k].grad ?? zeros_like(leaves[k]);
            Assert.True(actual.allclose(expected, rtol: 1e-5, atol: 1e-7), $"input {k}: largest difference {(actual - expected).abs().max().ToDouble()}");
        }
    }

    private static Tensor Differences(Tensor x, Func<Tensor> loss)
    {
        using var recordingOff = no_grad();
        var result = zeros_like(x);
        var (values, differences) = (x.view(-1), result.view(-1));
        for (var k = 0; k < values.numel(); k++)
        {
            var at = values[k].ToDouble();
            values[k] = tensor(at + H);
            var above = loss().ToDouble();
            values[k] = tensor(at - H);
            var below = loss().ToDouble();
            values[k] = tensor(at);
            differences[k] = tensor((above - below) / (2 * H));
        }
        return result;
    }
}
