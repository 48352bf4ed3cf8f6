using static TorchSharp.torch;

namespace TorchSharp.Modules
{
    /// <summary>Looks up rows of weight (vocabulary, width).</summary>
    public sealed class Embedding : nn.Module<Tensor, Tensor>
    {
        private readonly long padding;
        private readonly bool scaleByFrequency;
        private readonly bool sparse;
        private Parameter? heldWeight;

        internal Embedding(Parameter weight, long? padding, bool scaleByFrequency, bool sparse) : base(nameof(Embedding))
        {
            areComponentsRegistered = true;
            (this.padding, this.scaleByFrequency, this.sparse) = (padding ?? -1, scaleByFrequency, sparse);
            this.weight = weight;
        }

        public Parameter weight
        {
            get => heldWeight!;
            set
            {
                if (!ReferenceEquals(heldWeight, value))
                {
                    heldWeight?.Dispose();
                    value.DetachFromDisposeScope();
                    heldWeight = value;
                }
                ConditionallyRegisterParameter(nameof(weight), value);
            }
        }

        public override Tensor forward(Tensor input) => Aten.Call("embedding", weight, input, padding, scaleByFrequency, sparse);
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            /// <summary>Rows start standard normal, the padding row zero.</summary>
            public static Modules.Embedding Embedding(long num_embeddings, long embedding_dims, long? padding_idx = null, double? max_norm = null,
                double norm_type = 2, bool scale_grad_by_freq = false, bool sparse = false, Device? device = null, ScalarType? dtype = null)
            {
                RefuseMaxNorm(max_norm);
                var rows = randn(num_embeddings, embedding_dims, dtype, device);
                if (padding_idx is { } row)
                {
                    using var padding = rows.select(0, row);
                    padding.zero_();
                }
                return new(rows.AsParameter(), padding_idx, scale_grad_by_freq, sparse);
            }

            public static Modules.Embedding Embedding_from_pretrained(Tensor embeddings, bool freeze = true, long? padding_idx = null, double? max_norm = null,
                double norm_type = 2, bool scale_grad_by_freq = false, bool sparse = false, Device? device = null, ScalarType? dtype = null)
            {
                RefuseMaxNorm(max_norm);
                var rows = embeddings.detach().to(dtype ?? embeddings.dtype, device ?? embeddings.device);
                return new(new Modules.Parameter(rows, !freeze), padding_idx, scale_grad_by_freq, sparse);
            }

            private static void RefuseMaxNorm(double? max_norm)
            {
                if (max_norm is not null)
                {
                    throw new NotSupportedException("Embedding: max_norm is not supported.");
                }
            }
        }
    }
}
