using static TorchSharp.torch;

namespace TorchSharp.Modules
{
    /// <summary>(x - mean) / √(variance + ε) · weight + bias over the last dimensions.</summary>
    public sealed class LayerNorm : nn.Module<Tensor, Tensor>
    {
        internal LayerNorm(long[] normalized_shape, double eps, bool elementwise_affine, bool bias, Device? device, ScalarType? dtype) : base(nameof(LayerNorm))
        {
            areComponentsRegistered = true;
            (this.normalized_shape, this.eps, this.elementwise_affine) = (normalized_shape, eps, elementwise_affine);
            if (elementwise_affine)
            {
                weight = (Parameter)ones(normalized_shape, dtype, device).AsParameter().DetachFromDisposeScope();
                this.bias = bias ? (Parameter)zeros(normalized_shape, dtype, device).AsParameter().DetachFromDisposeScope() : null;
                ConditionallyRegisterParameter(nameof(weight), weight);
                ConditionallyRegisterParameter(nameof(bias), this.bias);
            }
        }

        public long[] normalized_shape { get; set; }

        public double eps { get; set; }

        public bool elementwise_affine { get; set; }

        public Parameter? weight { get; set; }

        public Parameter? bias { get; set; }

        public override Tensor forward(Tensor tensor) => nn.functional.layer_norm(tensor, normalized_shape, weight, bias, eps);
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static Modules.LayerNorm LayerNorm(long[] normalized_shape, double eps = 1e-5, bool elementwise_affine = true, bool bias = true, Device? device = null, ScalarType? dtype = null) =>
                new(normalized_shape, eps, elementwise_affine, bias, device, dtype);

            public static Modules.LayerNorm LayerNorm(long normalized_shape, double eps = 1e-5, bool elementwise_affine = true, bool bias = true, Device? device = null, ScalarType? dtype = null) =>
                new([normalized_shape], eps, elementwise_affine, bias, device, dtype);
        }
    }
}
