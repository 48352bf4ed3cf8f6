using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ServerlessTuning.Embedded.TorchSharp.Tests;

public sealed class ModuleTests
{
    private sealed class Block : nn.Module<Tensor, Tensor>
    {
        private readonly Linear q_proj = nn.Linear(4, 4, hasBias: false);
        private readonly ModuleList<Linear> layers = nn.ModuleList(nn.Linear(4, 4), nn.Linear(4, 4));
        private readonly Parameter scale = nn.Parameter(ones(4));
        private readonly Tensor table = arange(4).@float();
        private readonly Dropout dropout = nn.Dropout(0.5);

        public Block() : base(nameof(Block)) => RegisterComponents();

        public override Tensor forward(Tensor x) => dropout.call(layers.Aggregate(q_proj.call(x), (h, layer) => layer.call(h)) * scale + table);
    }

    [Fact]
    public void Fields_are_registered_under_their_names()
    {
        using var block = new Block();

        Assert.Equal(["scale", "q_proj.weight", "layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias"],
            block.named_parameters().Select(p => p.name));
        Assert.Equal(["table"], block.named_buffers().Select(b => b.name));
        Assert.Equal(["q_proj", "layers", "dropout", "layers.0", "layers.1"], block.named_modules().Select(m => m.name));
        Assert.Equal(7, block.state_dict().Count);
        Assert.Equal([4, 4], block.get_parameter("layers.1.weight")!.shape);
    }

    [Fact]
    public void Training_mode_reaches_every_submodule()
    {
        using var block = new Block();
        var x = ones(2, 4);
        Assert.False(block.call(x).Equals(block.call(x)));

        block.eval();

        Assert.DoesNotContain(block.modules(), m => m.training);
        Assert.True(block.call(x).Equals(block.call(x)));
    }

    [Fact]
    public void Moving_to_another_type_moves_parameters_and_buffers()
    {
        using var block = new Block();
        var before = block.state_dict().ToDictionary(p => p.Key, p => p.Value.detach().clone());

        block.to(float64);

        Assert.All(block.state_dict().Values, t => Assert.Equal(float64, t.dtype));
        Assert.True(block.get_parameter("q_proj.weight")!.@float().Equals(before["q_proj.weight"]));
        Assert.Equal(float64, block.call(ones(1, 4, float64)).dtype);
        Assert.Throws<ArgumentException>(() => block.to(int64));
    }

    [Fact]
    public void State_loads_back_and_differences_are_named()
    {
        using Block a = new(), b = new();
        a.eval();
        b.eval();

        b.load_state_dict(a.state_dict());

        Assert.True(a.call(ones(1, 4)).Equals(b.call(ones(1, 4))));
        var error = Assert.Throws<InvalidOperationException>(() => b.load_state_dict(new() { ["scael"] = ones(4) }));
        Assert.EndsWith("Unexpected: scael.", error.Message);
    }

    [Fact]
    public void Hooks_run_before_and_after_and_can_be_removed()
    {
        using var layer = nn.Linear(zeros(2, 2).AsParameter());
        var before = layer.register_forward_pre_hook((_, x) => x + 1);
        var after = layer.register_forward_hook((_, x, y) => y + x);

        Assert.Equal([2, 2], layer.call(ones(2)).data<float>().ToArray());

        before.remove();
        after.remove();
        Assert.Equal([0, 0], layer.call(ones(2)).data<float>().ToArray());
    }

    [Fact]
    public void Disposing_a_module_frees_its_tensors()
    {
        var block = new Block();
        Tensor[] held = [.. block.state_dict().Values];

        block.Dispose();

        Assert.All(held, t => Assert.True(t.IsInvalid));
    }

    [Fact]
    public void Parameters_outlive_the_scope_that_a_module_was_made_in_only_when_moved()
    {
        Linear layer;
        using (NewDisposeScope())
        {
            layer = nn.Linear(2, 2);
        }

        Assert.Equal([1, 2], layer.call(ones(1, 2)).shape);
        layer.Dispose();
    }

    [Theory]
    [InlineData("linear", -0.5, 0.5)]
    [InlineData("kaiming", -0.6123724, 0.6123724)]
    [InlineData("xavier", -0.1, 0.1)]
    public void Initial_weights_fill_the_range_of_the_formula(string how, double low, double high)
    {
        manual_seed(1);
        var weight = how switch
        {
            "linear" => nn.Linear(4, 2000).weight,
            "kaiming" => nn.init.kaiming_uniform_(empty(2000, 16), Math.Sqrt(0)),
            _ => nn.init.xavier_uniform_(empty(400, 200)),
        };

        Assert.InRange(weight.min().ToDouble(), low * 1.0001, low * 0.98);
        Assert.InRange(weight.max().ToDouble(), high * 0.98, high * 1.0001);
    }

    [Fact]
    public void A_cut_normal_stays_inside_and_has_the_right_spread()
    {
        manual_seed(1);

        var x = nn.init.trunc_normal_(empty(100_000), std: 0.5, a: -1, b: 1);

        Assert.True((x.abs() <= 1).all().ToBoolean());
        Assert.Equal(0.44, x.std().ToDouble(), 2);
    }

    [Fact]
    public void Clipping_scales_all_gradients_to_the_joint_norm()
    {
        Parameter[] parameters = [nn.Parameter(zeros(2)), nn.Parameter(zeros(3)), nn.Parameter(zeros(1))];
        parameters[0].grad = full(2, 3f);
        parameters[1].grad = full(3, 4f);

        var norm = nn.utils.clip_grad_norm_(parameters, 1);

        Assert.Equal(Math.Sqrt(66), norm, 5);
        Assert.Equal(3 / Math.Sqrt(66), parameters[0].grad![0].ToDouble(), 5);
        Assert.Null(parameters[2].grad);
    }
}
