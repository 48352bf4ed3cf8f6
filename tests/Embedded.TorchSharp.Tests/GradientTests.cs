using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace ServerlessTuning.Embedded.TorchSharp.Tests;

public sealed class GradientTests
{
    /// <summary>One function of one input (3, 4) each.</summary>
    private static readonly Dictionary<string, Func<Tensor, Tensor>> ofOne = new()
    {
        ["abs"] = x => x.abs(),
        ["neg"] = x => -x,
        ["exp"] = x => x.exp(),
        ["log"] = x => (x.square() + 1).log(),
        ["log1p"] = x => x.square().log1p(),
        ["sqrt and rsqrt"] = x => (x.square() + 1).sqrt() + (x.square() + 1).rsqrt(),
        ["pow"] = x => (x.abs() + 0.5).pow(1.7),
        ["reciprocal"] = x => 2 / (x.square() + 1),
        ["sin and cos"] = x => x.sin() * x.cos(),
        ["sigmoid"] = x => x.sigmoid(),
        ["tanh"] = x => x.tanh(),
        ["erf"] = x => x.erf(),
        ["silu"] = x => silu(x),
        ["gelu"] = x => gelu(x),
        ["gelu by tanh"] = x => gelu(x, GELU.Approximate.tanh),
        ["relu"] = x => relu(x),
        ["softplus"] = x => softplus(x),
        ["log sigmoid"] = x => logsigmoid(x),
        ["clamp"] = x => x.clamp(-0.5, 0.7),
        ["softmax"] = x => x.softmax(-1),
        ["log softmax"] = x => x.log_softmax(0),
        ["logsumexp"] = x => x.logsumexp(1),
        ["sum"] = x => x.sum(1, keepdim: true) * x,
        ["mean"] = x => x.mean([0]),
        ["variance"] = x => x.var(1) + x.std(1),
        ["norm"] = x => x.norm() + x.norm(1),
        ["extremes"] = x => x.max(1).values + x.min(1).values + x.amax(1),
        ["cumsum"] = x => x.cumsum(1),
        ["view, permute, contiguous"] = x => x.view(2, 6).permute(1, 0).contiguous().reshape(4, 3) * 2,
        ["transpose, unsqueeze, expand"] = x => x.t().unsqueeze(0).expand(2, 4, 3),
        ["narrow, slice, select"] = x => x.narrow(0, 1, 2)[TensorIndex.Colon, 1..3] * x[0, 1],
        ["cat and stack"] = x => cat([x, x * 2], 1) + stack([x, x], 1).reshape(3, 8),
        ["split and chunk"] = x => x.split(2, 1)[0] * x.chunk(2, 1)[1],
        ["repeat"] = x => x.repeat(2, 1) + x.repeat_interleave(2, 0),
        ["index_select"] = x => x.index_select(0, tensor((long[])[2, 0, 2])),
        ["gather"] = x => x.gather(1, tensor(new long[,] { { 0, 1 }, { 3, 3 }, { 2, 0 } })),
        ["masked_fill"] = x => x.masked_fill(x.detach() > 0, 3),
        ["where"] = x => where(x.detach() > 0, x * x, x * 3),
        ["tril and triu"] = x => x.tril() + x.triu(1) * 2,
        ["index by positions"] = x => x[TensorIndex.Tensor(tensor((long[])[2, 0, 2]))],
        ["cross entropy"] = x => cross_entropy(x, tensor((long[])[1, 3, -100])),
        ["cross entropy, summed"] = x => cross_entropy(x, tensor((long[])[1, 3, 0]), reduction: nn.Reduction.Sum, label_smoothing: 0.1),
        ["to float and back"] = x => (x * 2).to(float64).clone(),
        ["normalize"] = x => normalize(x),
        ["in place on a copy"] = x => x.clone().mul_(2).add_(1).div_(3),
    };

    /// <summary>One function of inputs (3, 4), (4, 5) and (5).</summary>
    private static readonly Dictionary<string, Func<Tensor, Tensor, Tensor, Tensor>> ofThree = new()
    {
        ["matmul"] = (a, b, c) => a.matmul(b) + c,
        ["mm and mv"] = (a, b, c) => a.mm(b).mv(c),
        ["addmm"] = (a, b, c) => c.addmm(a, b, 0.5f, 2),
        ["linear"] = (a, b, c) => linear(a, b.t(), c),
        ["bmm"] = (a, b, c) => a.unsqueeze(0).bmm(b.unsqueeze(0)) * c,
        ["baddbmm"] = (a, b, c) => c.expand(1, 3, 5).baddbmm(a.unsqueeze(0), b.unsqueeze(0)),
        ["einsum"] = (a, b, c) => einsum("ij,jk,k->ik", a, b, c),
        ["outer"] = (a, b, c) => c.outer(a[0]) + b.t(),
        ["divide"] = (a, b, c) => a.matmul(b) / (c.square() + 1),
        ["lerp"] = (a, b, c) => a.matmul(b).lerp(c.expand(3, 5), c.sigmoid()),
        ["addcmul and addcdiv"] = (a, b, c) => c.expand(3, 5).addcmul(a.matmul(b), c, 0.3).addcdiv(c, c.square() + 1, 2),
        ["maximum"] = (a, b, c) => maximum(a.matmul(b), c),
        ["layer norm"] = (a, b, c) => layer_norm(a.matmul(b), [5], c, c * 2),
        ["scatter_add"] = (a, b, c) => zeros(3, 5, float64).scatter_add(1, tensor(new long[,] { { 0, 1, 1, 4 }, { 3, 3, 3, 3 }, { 2, 0, 1, 2 } }), a) * c + b.sum(),
        ["index_add"] = (a, b, c) => b.index_add(0, tensor((long[])[1, 1, 3]), a.matmul(b), 0.5) * c,
        ["index_put_"] = (a, b, c) => zeros(3, 5, float64).index_put_(c, TensorIndex.Single(1)) + a.matmul(b),
        ["attention"] = (a, b, c) => scaled_dot_product_attention(a.unsqueeze(0), b.t().unsqueeze(0), c.outer(a[0]).unsqueeze(0)),
    };

    public static TheoryData<string> OfOne => [.. ofOne.Keys];

    public static TheoryData<string> OfThree => [.. ofThree.Keys];

    [Theory]
    [MemberData(nameof(OfOne))]
    public void Backward_agrees_with_finite_differences(string name)
    {
        manual_seed(7);

        FiniteDifferences.Agree(x => ofOne[name](x[0]), randn(3, 4, float64));
    }

    [Theory]
    [MemberData(nameof(OfThree))]
    public void Backward_agrees_with_finite_differences_for_each_operand(string name)
    {
        manual_seed(8);

        FiniteDifferences.Agree(x => ofThree[name](x[0], x[1], x[2]), randn(3, 4, float64), randn(4, 5, float64), randn(5, float64));
    }

    [Fact]
    public void The_embeddings_gradient_counts_how_often_a_row_was_used()
    {
        using var embedding = nn.Embedding(5, 3);

        embedding.call(tensor((long[])[1, 4, 1])).sum().backward();

        Assert.Equal([0, 2, 0, 0, 1], embedding.weight.grad!.select(1, 0).data<float>().ToArray());
    }

    [Fact]
    public void A_causal_mask_hides_what_comes_later()
    {
        manual_seed(1);
        Tensor q = randn(1, 2, 4, 3), k = randn(1, 2, 4, 3), v = randn(1, 2, 4, 3);
        var mask = ones(4, 4, @bool).tril();

        var causal = scaled_dot_product_attention(q, k, v, is_casual: true);

        Assert.True(causal.allclose(scaled_dot_product_attention(q, k, v, mask)));
        Assert.True(causal[0, 0, 0].allclose(v[0, 0, 0]));
    }

    [Fact]
    public void Gradients_accumulate_until_they_are_cleared()
    {
        var x = ones(2).requires_grad_();

        (x * 3).sum().backward();
        (x * 4).sum().backward();

        Assert.Equal([7, 7], x.grad!.data<float>().ToArray());
        x.grad = null;
        Assert.Null(x.grad);
    }

    [Fact]
    public void A_gradient_of_the_hidden_state_can_be_passed_on_by_hand()
    {
        var x = ones(2, 3).requires_grad_();
        var hidden = x * 2;

        hidden.backward([full(2, 3, 5f)]);

        Assert.Equal(10, x.grad![0, 0].ToSingle());
    }

    [Fact]
    public void Autograd_grad_leaves_the_leaves_alone_and_can_be_differentiated_again()
    {
        var x = tensor(3.0).requires_grad_();

        var first = autograd.grad([x.pow(3)], [x], create_graph: true)[0];
        var second = autograd.grad([first], [x])[0];

        Assert.Equal((27, 18), (first.ToDouble(), second.ToDouble()));
        Assert.Null(x.grad);
    }

    [Fact]
    public void Nothing_is_recorded_where_recording_is_off()
    {
        var x = ones(2).requires_grad_();

        using (no_grad())
        {
            Assert.False((x * 2).requires_grad);
            using (enable_grad())
            {
                Assert.True((x * 2).requires_grad);
            }
            Assert.False(is_grad_enabled());
        }

        Assert.True((x * 2).requires_grad);
        using (inference_mode())
        {
            Assert.False((x * 2).requires_grad);
        }
        Assert.False(is_inference_mode_enabled());
    }
}
