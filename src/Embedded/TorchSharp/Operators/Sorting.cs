using static TorchSharp.Aten;

namespace TorchSharp;

// Order.
public static partial class torch
{
    public partial class Tensor
    {
        public (Tensor values, Tensor indexes) topk(int k, int dim = -1, bool largest = true, bool sorted = true) => Call2("topk", this, k, dim, largest, sorted);
        public (Tensor Values, Tensor Indices) sort(long dim = -1, bool descending = false, bool stable = false) => Call2("sort.stable", this, stable, dim, descending);
        public Tensor argsort(long dim = -1, bool descending = false) => Call("argsort", this, dim, descending);
        public Tensor msort() => Call("msort", this);
        public (Tensor values, Tensor indices) kthvalue(long k, long? dim, bool keepdim = false) => Call2("kthvalue", this, k, dim ?? -1, keepdim);
        public (Tensor values, Tensor indices) mode(long dim = -1, bool keepdim = false) => Call2("mode", this, dim, keepdim);
    }

    public static (Tensor values, Tensor indices) topk(Tensor tensor, int k, int dim = -1, bool largest = true, bool sorted = true) => tensor.topk(k, dim, largest, sorted);
    public static (Tensor values, Tensor indices) sort(Tensor input, long dim = -1, bool descending = false, bool stable = false) => input.sort(dim, descending, stable);
    public static Tensor argsort(Tensor input, long dim = -1, bool descending = false) => input.argsort(dim, descending);
    public static Tensor msort(Tensor tensor) => tensor.msort();
    public static (Tensor values, Tensor indices) kthvalue(Tensor input, long k, long? dim, bool keepdim = false) => input.kthvalue(k, dim, keepdim);
    public static (Tensor values, Tensor indices) mode(Tensor input, long dim = -1, bool keepdim = false) => input.mode(dim, keepdim);
}
