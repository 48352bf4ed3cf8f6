using static TorchSharp.torch;

namespace TorchSharp.Modules
{
    /// <summary>y = x Wᵀ + b, with weight (out, in).</summary>
    public sealed class Linear : nn.Module<Tensor, Tensor>
    {
        private Parameter? heldWeight;
        private Parameter? heldBias;

        internal Linear(Parameter weight, Parameter? bias = null) : base(nameof(Linear))
        {
            areComponentsRegistered = true;
            (out_features, in_features) = (weight.size(0), weight.size(1));
            this.weight = weight;
            this.bias = bias;
        }

        /// <summary>Both parts start uniform in ±1/√in.</summary>
        internal Linear(long inputSize, long outputSize, bool hasBias, Device? device, ScalarType? dtype) : base(nameof(Linear))
        {
            areComponentsRegistered = true;
            (in_features, out_features) = (inputSize, outputSize);
            weight = empty(outputSize, inputSize, dtype, device).AsParameter();
            nn.init.kaiming_uniform_(weight, Math.Sqrt(5));
            if (hasBias)
            {
                var bound = inputSize > 0 ? 1 / Math.Sqrt(inputSize) : 0;
                bias = empty(outputSize, dtype, device).AsParameter();
                nn.init.uniform_(bias, -bound, bound);
            }
        }

        public long in_features { get; set; }

        public long out_features { get; set; }

        public Parameter weight
        {
            get => heldWeight!;
            set => ConditionallyRegisterParameter(nameof(weight), Exchange(ref heldWeight, value));
        }

        public Parameter? bias
        {
            get => heldBias;
            set => ConditionallyRegisterParameter(nameof(bias), Exchange(ref heldBias, value));
        }

        public override Tensor forward(Tensor tensor) => nn.functional.linear(tensor, weight, bias);

        private static Parameter? Exchange(ref Parameter? held, Parameter? value)
        {
            if (!ReferenceEquals(held, value))
            {
                held?.Dispose();
                value?.DetachFromDisposeScope();
                held = value;
            }
            return held;
        }
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static Modules.Linear Linear(long inputSize, long outputSize, bool hasBias = true, Device? device = null, ScalarType? dtype = null) =>
                new(inputSize, outputSize, hasBias, device, dtype);

            public static Modules.Linear Linear(Modules.Parameter weight, Modules.Parameter? bias = null) => new(weight, bias);
        }
    }
}
