using ServerlessTuning.Trainer.Quantization;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Verification;

/// <summary>Codes, packing, scales, and what they stand for.</summary>
internal static class Quantized
{
    public static Deviation Check(ReferenceCase reference)
    {
        using var scope = NewDisposeScope();
        var weight = reference.Tensor("expected", "weight");
        var (codes, absmax) = Nf4.Quantize(weight);
        var nested = NestedScales.Of(absmax);
        var worst = Same("nf4_code_map", tensor(Nf4.Values.ToArray()), (0, 0)).Or(Same("codes", codes, (0, 0))).Or(Same("packed", Nf4.Pack(codes), (0, 0)))
            .Or(Deviation.Exact(Nf4.Unpack(Nf4.Pack(codes), codes.numel()).eq(codes).all().item<bool>(), "unpacking"))
            .Or(Same("absmax", absmax, reference.Tolerance("absmax"))).Or(Same("dequantized", Nf4.Dequantize(codes, absmax).view(weight.shape), reference.Tolerance("dequantized")));
        return !reference.HasTensor("expected", "nested.code_map") ? worst : worst
            .Or(Same("nested.code_map", tensor(NestedScales.Map.ToArray()), (1e-6, 1e-9)))
            .Or(Same("nested.offset", tensor((float)nested.Offset), (1e-6, 1e-9)))
            .Or(Same("nested.absmax", nested.Absmax, (1e-6, 0)))
            .Or(Codes(reference.Tensor("expected", "nested.absmax_codes"), nested.Codes))
            .Or(Same("nested.dequantized", Nf4.Dequantize(codes, nested.Unpack()).view(weight.shape), reference.Tolerance("nested.dequantized")));

        Deviation Same(string name, Tensor found, (double, double) tolerance) => Deviation.Of(name, reference.Tensor("expected", name), found.flatten().view(reference.Tensor("expected", name).shape), tolerance);
    }

    /// <summary>A value halfway between two of the map may go either way: one code apart, in one block of two hundred.</summary>
    private static Deviation Codes(Tensor expected, Tensor found)
    {
        var apart = (expected.to(ScalarType.Int32) - found.flatten().to(ScalarType.Int32)).abs();
        return Deviation.Exact(apart.max().item<int>() <= 1 && apart.sum().item<long>() <= Math.Ceiling(0.005 * apart.numel()), "nested.absmax_codes");
    }
}
