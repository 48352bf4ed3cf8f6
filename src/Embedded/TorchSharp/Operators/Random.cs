using static TorchSharp.Aten;

namespace TorchSharp;

// Random numbers, from the default generator or the one given.
public static partial class torch
{
    public partial class Tensor
    {
        public Tensor bernoulli(Generator? generator = null) => Call("bernoulli", this, generator);
        public Tensor bernoulli_(double p = 0.5, Generator? generator = null) => Change("bernoulli_.float", this, p, generator);
        public Tensor bernoulli_(Tensor p, Generator? generator = null) => Change("bernoulli_.Tensor", this, p, generator);
        public Tensor multinomial(long num_samples, bool replacement = false, Generator? generator = null) => Call("multinomial", this, num_samples, replacement, generator);
        public Tensor normal_(double mean = 0, double std = 1, Generator? generator = null) => Change("normal_", this, mean, std, generator);
        public Tensor uniform_(double from, double to, Generator? generator = null) => Change("uniform_", this, from, to, generator);
        public Tensor exponential_(double lambda = 1, Generator? generator = null) => Change("exponential_", this, lambda, generator);
        public Tensor random_(double from, double to, Generator? generator = null) => Change("random_.from", this, (long)from, (long)to, generator);
        public Tensor rand_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => Call("rand_like", this, dtype, default, device).with_requires_grad(requires_grad);
        public Tensor randn_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => Call("randn_like", this, dtype, default, device).with_requires_grad(requires_grad);
        public Tensor randint_like(long low, long high, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => Call("randint_like.low_dtype", this, low, high, dtype, default, device).with_requires_grad(requires_grad);
    }

    public static Tensor bernoulli(Tensor input, Generator? generator = null) => input.bernoulli(generator);
    public static Tensor multinomial(Tensor input, long num_samples, bool replacement = false, Generator? generator = null) => input.multinomial(num_samples, replacement, generator);
    public static Tensor rand_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => input.rand_like(dtype, device, requires_grad);
    public static Tensor randn_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => input.randn_like(dtype, device, requires_grad);
    public static Tensor randint_like(Tensor input, long low, long high, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => input.randint_like(low, high, dtype, device, requires_grad);
    public static Tensor normal(Tensor mean, Tensor std, Generator? generator = null) => Call("normal.Tensor_Tensor", mean, std, generator);
}
