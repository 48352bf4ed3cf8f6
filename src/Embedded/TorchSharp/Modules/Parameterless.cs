using static TorchSharp.torch;

namespace TorchSharp.Modules
{
    public interface IParameterLessModule;

    /// <summary>A function dressed as a module.</summary>
    public abstract class ParameterLessModule<T1, TResult> : nn.Module<T1, TResult>, IParameterLessModule
    {
        protected ParameterLessModule(string name) : base(name)
        {
        }
    }

    /// <summary>While training, zeroes elements with probability p and scales the rest by 1 / (1 - p).</summary>
    public sealed class Dropout : ParameterLessModule<Tensor, Tensor>
    {
        internal Dropout(double p, bool inplace) : base(nameof(Dropout)) => (this.p, this.inplace) = (p, inplace);

        public double p { get; set; }

        public bool inplace { get; set; }

        public override Tensor forward(Tensor tensor) => nn.functional.dropout(tensor, p, training, inplace);
    }

    /// <summary>x σ(x).</summary>
    public sealed class SiLU : ParameterLessModule<Tensor, Tensor>
    {
        internal SiLU(bool inplace) : base(nameof(SiLU)) => this.inplace = inplace;

        public bool inplace { get; set; }

        public override string GetName() => nameof(SiLU);

        public override Tensor forward(Tensor tensor) => nn.functional.silu(tensor, inplace);
    }

    /// <summary>x Φ(x), exact or by tanh.</summary>
    public sealed class GELU : ParameterLessModule<Tensor, Tensor>
    {
        public enum Approximate
        {
            none = 0,
            tanh = 1,
        }

        internal GELU(Approximate approximate, bool inplace) : base(nameof(GELU)) => (this.approximate, this.inplace) = (approximate, inplace);

        public Approximate approximate { get; set; }

        public bool inplace { get; set; }

        public override Tensor forward(Tensor tensor) => nn.functional.gelu(tensor, approximate, inplace);
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static Modules.Dropout Dropout(double p = 0.5, bool inplace = false) => new(p, inplace);

            public static Modules.SiLU SiLU() => new(false);

            public static Modules.SiLU SiLU(bool inplace) => new(inplace);

            public static Modules.GELU GELU() => new(Modules.GELU.Approximate.none, false);

            public static Modules.GELU GELU(bool inplace) => new(Modules.GELU.Approximate.none, inplace);

            public static Modules.GELU GELU(Modules.GELU.Approximate approximate, bool inplace = false) => new(approximate, inplace);
        }
    }
}
