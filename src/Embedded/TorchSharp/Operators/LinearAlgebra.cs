using static TorchSharp.Aten;

namespace TorchSharp;

// Products.
public static partial class torch
{
    public partial class Tensor
    {
        public Tensor matmul(Tensor target) => Call("matmul", this, target);
        public Tensor mm(Tensor target) => Call("mm", this, target);
        public Tensor bmm(Tensor batch2) => Call("bmm", this, batch2);
        public Tensor mv(Tensor target) => Call("mv", this, target);
        public Tensor dot(Tensor target) => Call("dot", this, target);
        public Tensor inner(Tensor vec2) => Call("inner", this, vec2);
        public Tensor outer(Tensor vec2) => Call("outer", this, vec2);
        public Tensor kron(Tensor other) => Call("kron", this, other);
        public Tensor addmm(Tensor mat1, Tensor mat2, float beta = 1f, float alpha = 1f) => Call("addmm", this, mat1, mat2, beta, alpha);
        public Tensor addmm_(Tensor mat1, Tensor mat2, float beta = 1f, float alpha = 1f) => Change("addmm_", this, mat1, mat2, beta, alpha);
        public Tensor addmv(Tensor mat, Tensor vec, float beta = 1f, float alpha = 1f) => Call("addmv", this, mat, vec, beta, alpha);
        public Tensor baddbmm(Tensor batch1, Tensor batch2, float beta = 1f, float alpha = 1f) => Call("baddbmm", this, batch1, batch2, beta, alpha);
        public Tensor addbmm(Tensor batch1, Tensor batch2, float beta = 1f, float alpha = 1f) => Call("addbmm", this, batch1, batch2, beta, alpha);
        public Tensor addr(Tensor vec1, Tensor vec2, float beta = 1f, float alpha = 1f) => Call("addr", this, vec1, vec2, beta, alpha);
        public Tensor inverse() => Call("inverse", this);
        public Tensor det() => Call("det", this);
        public Tensor matrix_power(int n) => Call("matrix_power", this, n);
    }

    public static Tensor matmul(Tensor input, Tensor target) => input.matmul(target);
    public static Tensor mm(Tensor input, Tensor target) => input.mm(target);
    public static Tensor bmm(Tensor input, Tensor batch2) => input.bmm(batch2);
    public static Tensor mv(Tensor input, Tensor target) => input.mv(target);
    public static Tensor dot(Tensor input, Tensor other) => input.dot(other);
    public static Tensor inner(Tensor input, Tensor vec2) => input.inner(vec2);
    public static Tensor outer(Tensor input, Tensor vec2) => input.outer(vec2);
    public static Tensor kron(Tensor input, Tensor other) => input.kron(other);
    public static Tensor addmm(Tensor input, Tensor mat1, Tensor mat2, float beta, float alpha) => input.addmm(mat1, mat2, beta, alpha);
    public static Tensor addmm_(Tensor input, Tensor mat1, Tensor mat2, float beta, float alpha) => input.addmm_(mat1, mat2, beta, alpha);
    public static Tensor addmv(Tensor input, Tensor mat1, Tensor mat2, float beta, float alpha) => input.addmv(mat1, mat2, beta, alpha);
    public static Tensor baddbmm(Tensor input, Tensor batch1, Tensor batch2, float beta = 1f, float alpha = 1f) => input.baddbmm(batch1, batch2, beta, alpha);
    public static Tensor addbmm(Tensor input, Tensor batch1, Tensor batch2, float beta = 1f, float alpha = 1f) => input.addbmm(batch1, batch2, beta, alpha);
    public static Tensor addr(Tensor input, Tensor vec1, Tensor vec2, float beta = 1f, float alpha = 1f) => input.addr(vec1, vec2, beta, alpha);
    public static Tensor einsum(string equation, params Tensor[] tensors) => Call("einsum", equation, tensors);
    public static Tensor inverse(Tensor input) => input.inverse();
    public static Tensor det(Tensor input) => input.det();
    public static Tensor matrix_power(Tensor input, int n) => input.matrix_power(n);

    public static class linalg
    {
        public static (Tensor U, Tensor S, Tensor Vh) svd(Tensor input, bool fullMatrices = true) => Call3("linalg_svd", input, fullMatrices);
    }
}
