using static TorchSharp.Aten;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public enum Reduction : long
        {
            None = 0,
            Mean = 1,
            Sum = 2,
        }

        public static partial class functional
        {
            /// <summary>x Wᵀ + b.</summary>
            public static Tensor linear(Tensor input, Tensor weights, Tensor? bias = null) => Call("linear", input, weights, bias);

            public static Tensor relu(Tensor x, bool inplace = false) => inplace ? x.relu_() : x.relu();

            public static Tensor silu(Tensor x, bool inplace = false) => inplace ? x.silu_() : x.silu();

            public static Tensor gelu(Tensor x) => gelu(x, Modules.GELU.Approximate.none);

            public static Tensor gelu(Tensor x, bool inplace) => gelu(x, Modules.GELU.Approximate.none, inplace);

            public static Tensor gelu(Tensor x, Modules.GELU.Approximate approximate, bool inplace = false) =>
                inplace ? Change("gelu_", x, approximate.ToString()) : Call("gelu", x, approximate.ToString());

            public static Tensor sigmoid(Tensor x) => x.sigmoid();

            public static Tensor sigmoid(Tensor x, bool inplace) => inplace ? x.sigmoid_() : x.sigmoid();

            public static Tensor tanh(Tensor x, bool inplace = false) => inplace ? x.tanh_() : x.tanh();

            public static Tensor softplus(Tensor x, double beta = 1, double threshold = 20) => x.softplus(beta, threshold);

            public static Tensor logsigmoid(Tensor x) => x.log_sigmoid();

            public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) => input.softmax(dim, dtype);

            public static Tensor log_softmax(Tensor x, long dim) => x.log_softmax(dim);

            public static Tensor dropout(Tensor input, double p = 0.5, bool training = true, bool inplace = false) =>
                inplace ? Change("dropout_", input, p, training) : Call("dropout", input, p, training);

            public static Tensor layer_norm(Tensor input, long[] normalized_shape, Tensor? weight = null, Tensor? bias = null, double eps = 1e-5) =>
                Call("layer_norm", input, normalized_shape, weight, bias, eps);

            public static Tensor normalize(Tensor input, double p = 2, long dim = 1, double eps = 1e-12)
            {
                using var scope = NewDisposeScope();
                var length = Call("norm.ScalarOpt_dim", input, p, (long[])[dim], true);
                return (input / length.clamp_min(eps)).MoveToOuterDisposeScope();
            }

            public static Tensor cosine_similarity(Tensor x1, Tensor x2, long dim = 1, double eps = 1e-8) => Call("cosine_similarity", x1, x2, dim, eps);

            public static Tensor one_hot(Tensor x, long num_classes = -1) => Call("one_hot", x, num_classes);

            /// <param name="pad">Before and after the last dimension, then the one before it, and so on.</param>
            public static Tensor pad(Tensor input, long[] pad, PaddingModes mode = PaddingModes.Constant, double value = 0) => mode == PaddingModes.Constant
                ? Call("constant_pad_nd", input, pad, value)
                : throw new NotSupportedException($"pad: mode {mode} is not supported, only Constant.");

            public static Tensor pad(Tensor input, (long, long) pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                functional.pad(input, [pad.Item1, pad.Item2], mode, value);

            /// <param name="input">Logits (N, C) or (C), or (N, C, ...).</param>
            /// <param name="target">Class numbers, or probabilities in the shape of <paramref name="input"/>.</param>
            public static Tensor cross_entropy(Tensor input, Tensor target, Tensor? weight = null, long ignore_index = -100,
                Reduction reduction = Reduction.Mean, double label_smoothing = 0) =>
                Call("cross_entropy_loss", input, target, weight, (long)reduction, ignore_index, label_smoothing);

            public static Tensor nll_loss(Tensor input, Tensor target, Tensor? weight = null, Reduction reduction = Reduction.Mean) =>
                Call("nll_loss_nd", input, target, weight, (long)reduction);

            public static Tensor mse_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) => Call("mse_loss", input, target, (long)reduction);

            public static Tensor kl_div(Tensor input, Tensor target, bool log_target = true, Reduction reduction = Reduction.Mean) =>
                Call("kl_div", input, target, (long)reduction, log_target);

            public static Tensor binary_cross_entropy_with_logits(Tensor input, Tensor target, Tensor? weight = null, Reduction reduction = Reduction.Mean, Tensor? pos_weights = null) =>
                Call("binary_cross_entropy_with_logits", input, target, weight, pos_weights, (long)reduction);

            /// <summary>softmax(Q Kᵀ / √d + mask) V; shapes (..., T, d).</summary>
            /// <param name="attn_mask">Bool: true may attend. Float: added to the scores.</param>
            /// <param name="p">Dropout of the attention weights.</param>
            /// <param name="is_casual">Position t sees positions up to t; then no mask may be given.</param>
            public static Tensor scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor? attn_mask = null, double p = 0, bool is_casual = false) =>
                Has("scaled_dot_product_attention")
                    ? Call("scaled_dot_product_attention", query, key, value, attn_mask, p, is_casual)
                    : ComposedAttention(query, key, value, attn_mask, p, is_casual);

            // libtorch before 2.0 has no such operator.
            private static Tensor ComposedAttention(Tensor query, Tensor key, Tensor value, Tensor? mask, double p, bool isCausal)
            {
                if (isCausal && mask is not null)
                {
                    throw new ArgumentException("scaled_dot_product_attention: attn_mask must be null when is_casual is set.");
                }
                using var scope = NewDisposeScope();
                var scores = query.mul(1 / Math.Sqrt(query.size(-1))).matmul(key.transpose(-2, -1));
                if (isCausal)
                {
                    mask = ones(query.size(-2), key.size(-2), ScalarType.Bool, query.device).tril();
                }
                if (mask is not null)
                {
                    scores = mask.dtype == ScalarType.Bool ? scores.masked_fill(mask.logical_not(), double.NegativeInfinity) : scores + mask;
                }
                var weights = scores.softmax(-1);
                if (p > 0)
                {
                    weights = dropout(weights, p);
                }
                return weights.matmul(value).MoveToOuterDisposeScope();
            }
        }
    }
}
