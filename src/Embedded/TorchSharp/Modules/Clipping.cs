using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class utils
        {
            /// <summary>Scales all gradients so that their joint norm is at most <paramref name="max_norm"/>.</summary>
            /// <returns>The norm before.</returns>
            public static double clip_grad_norm_(IEnumerable<Parameter> tensors, double max_norm, double norm_type = 2)
            {
                using var none = no_grad();
                using var scope = NewDisposeScope();
                Tensor[] gradients = [.. tensors.Select(p => p.grad).OfType<Tensor>()];
                if (gradients.Length == 0)
                {
                    return 0;
                }
                var norms = stack(gradients.Select(g => Aten.Call("norm.Scalar", g, norm_type).to(gradients[0].device)));
                var total = Aten.Call("norm.Scalar", norms, norm_type).ToDouble();
                var scale = max_norm / (total + 1e-6);
                if (scale < 1)
                {
                    foreach (var gradient in gradients)
                    {
                        gradient.mul_(scale);
                    }
                }
                return total;
            }

            public static void clip_grad_value_(IEnumerable<Parameter> tensors, double clip_value)
            {
                using var scope = NewDisposeScope();
                foreach (var gradient in tensors.Select(p => p.grad).OfType<Tensor>())
                {
                    gradient.clamp_(-clip_value, clip_value);
                }
            }
        }
    }
}
