using static TorchSharp.Door;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public bool requires_grad
        {
            get => facts.RequiresGrad != 0;
            set => Check(door_set_requires_grad(Handle, value ? 1 : 0), $"requires_grad of {Signature()}");
        }

        public Tensor requires_grad_(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        public Tensor with_requires_grad(bool requires_grad = true) => requires_grad_(requires_grad);

        /// <summary>The accumulated gradient, or null. Each read is a new handle to the same tensor.</summary>
        public unsafe Tensor? grad
        {
            get
            {
                nint gradient;
                Check(door_grad(Handle, &gradient), "grad");
                GC.KeepAlive(this);
                return gradient == 0 ? null : new Tensor(gradient);
            }
            set
            {
                Check(door_set_grad(Handle, value?.Handle ?? 0), "grad");
                GC.KeepAlive(value);
                GC.KeepAlive(this);
            }
        }

        public void retain_grad() => Aten.Change("retain_grad", this);

        public void backward() => autograd.Run([this], null, null, false, false);

        public void backward(IList<Tensor>? grad_tensors = null, bool retain_graph = false, bool create_graph = false, IList<Tensor>? inputs = null) =>
            autograd.Run([this], grad_tensors, inputs, retain_graph, create_graph);

        public Tensor detach() => Aten.Call("detach", this);

        public Tensor detach_() => Aten.Change("detach_", this);
    }

    public static class autograd
    {
        /// <summary>Gradients of the sum of <paramref name="outputs"/>, weighted by <paramref name="grad_outputs"/>, for each input; leaves' own grads stay untouched.</summary>
        public static unsafe IList<Tensor> grad(IList<Tensor> outputs, IList<Tensor> inputs, IList<Tensor>? grad_outputs = null,
            bool retain_graph = false, bool create_graph = false, bool allow_unused = false)
        {
            nint[] roots = Handles(outputs), leaves = Handles(inputs), results = new nint[inputs.Count];
            var seeds = grad_outputs is null ? null : Handles(grad_outputs);
            fixed (nint* root = roots, seed = seeds, leaf = leaves, result = results)
            {
                Check(door_backward(root, seed, roots.Length, leaf, leaves.Length, retain_graph || create_graph ? 1 : 0, create_graph ? 1 : 0,
                    allow_unused ? 1 : 0, result), $"grad of {Shown(outputs)}");
            }
            GC.KeepAlive((outputs, inputs, grad_outputs));
            return [.. results.Select(handle => handle == 0 ? null! : new Tensor(handle))];
        }

        public static void backward(IList<Tensor> tensors, IList<Tensor>? grad_tensors = null, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null) =>
            Run(tensors, grad_tensors, inputs, retain_graph ?? create_graph, create_graph);

        public static void backward(Tensor tensor, IList<Tensor>? grad_tensors = null, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null) =>
            Run([tensor], grad_tensors, inputs, retain_graph ?? create_graph, create_graph);

        public static void backward(Tensor tensor, Tensor grad_tensor, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null) =>
            Run([tensor], [grad_tensor], inputs, retain_graph ?? create_graph, create_graph);

        internal static unsafe void Run(IList<Tensor> outputs, IList<Tensor>? gradients, IList<Tensor>? inputs, bool retainGraph, bool createGraph)
        {
            nint[] roots = Handles(outputs), leaves = Handles(inputs ?? []);
            var seeds = gradients is null ? null : Handles(gradients);
            fixed (nint* root = roots, seed = seeds, leaf = leaves)
            {
                Check(door_backward(root, seed, roots.Length, leaf, leaves.Length, retainGraph || createGraph ? 1 : 0, createGraph ? 1 : 0, 0, null),
                    $"backward of {Shown(outputs)}");
            }
            GC.KeepAlive((outputs, gradients, inputs));
        }

        private static nint[] Handles(IList<Tensor> tensors)
        {
            var handles = new nint[tensors.Count];
            for (var k = 0; k < handles.Length; k++)
            {
                handles[k] = tensors[k].Handle;
            }
            return handles;
        }

        private static string Shown(IList<Tensor> tensors) => string.Join(", ", tensors.Select(t => t.Signature()));
    }
}
