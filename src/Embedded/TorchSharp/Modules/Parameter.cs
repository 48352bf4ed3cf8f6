using static TorchSharp.torch;

namespace TorchSharp.Modules
{
    /// <summary>A tensor that belongs to a module and is trained. It takes the data over: the tensor given is empty afterwards.</summary>
    public class Parameter : Tensor
    {
        public Parameter(Tensor data, bool requires_grad = true) : base(data.requires_grad_(requires_grad).MoveHandle(), isNew: false) =>
            DisposeScope.ReplaceWith(data, this);
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static Modules.Parameter Parameter(Tensor data, bool requires_grad = true) => new(data, requires_grad);
        }
    }
}
