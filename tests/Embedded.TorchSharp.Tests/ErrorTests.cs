using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace ServerlessTuning.Embedded.TorchSharp.Tests;

public sealed class ErrorTests
{
    [Fact]
    public void A_wrong_shape_is_an_exception_with_operator_shapes_and_types()
    {
        var error = Assert.Throws<ExternalException>(() => ones(2, 3).mm(ones(4, 5, bfloat16)));

        Assert.Equal("mm(Float32[2, 3], BFloat16[4, 5]): mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)", error.Message);
    }

    [Fact]
    public void A_wrong_type_is_an_exception_with_every_argument()
    {
        var error = Assert.Throws<ExternalException>(() => ones(3).index_select(0, ones(2)));

        Assert.StartsWith("index_select(Float32[3], 0, Float32[2]): ", error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Lists_of_tensors_are_shown_one_by_one()
    {
        var error = Assert.Throws<ExternalException>(() => cat([ones(2, 3), ones(2, 4)]));

        Assert.StartsWith("cat([Float32[2, 3], Float32[2, 4]], 0): Sizes of tensors must match except in dimension 0.", error.Message);
    }

    [Fact]
    public void A_position_outside_a_dimension_is_an_exception()
    {
        var error = Assert.Throws<ExternalException>(() => ones(3, 2)[7]);

        Assert.StartsWith("select.int(Float32[3, 2], 0, 7): ", error.Message);
    }

    [Fact]
    public void A_disposed_tensor_says_so()
    {
        var x = ones(2);
        x.Dispose();

        var error = Assert.Throws<InvalidOperationException>(() => x + 1);

        Assert.StartsWith("Tensor invalid -- empty handle.", error.Message);
    }

    [Fact]
    public void Backward_without_a_graph_is_an_exception_with_the_tensor()
    {
        var error = Assert.Throws<ExternalException>(() => ones(2, 3).sum().backward());

        Assert.StartsWith("backward of Float32[]: element 0 of tensors does not require grad", error.Message);
    }

    [Fact]
    public void Changing_a_leaf_that_is_trained_is_an_exception_outside_no_grad()
    {
        var weight = ones(2).requires_grad_();

        var error = Assert.Throws<ExternalException>(() => weight.add_(1));

        Assert.StartsWith("add_.Scalar(Float32[2], 1): a leaf Variable that requires grad is being used in an in-place operation.", error.Message);
    }

    [Fact]
    public void An_operator_that_libtorch_lacks_is_named()
    {
        var error = Assert.Throws<ExternalException>(() => Aten.Call("no_such_operator", ones(1)));

        Assert.StartsWith($"no_such_operator: the installed libtorch {__version__} has no such operator.", error.Message);
    }

    [Fact]
    public void A_device_that_is_not_there_is_an_exception()
    {
        if (cuda.is_available())
        {
            return;
        }

        Assert.StartsWith("Torch device type CUDA is not available", Assert.Throws<InvalidOperationException>(() => ones(1).to(CUDA)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => device("gpu"));
    }

    [Fact]
    public void Work_goes_on_after_an_error()
    {
        var x = ones(2, 2).requires_grad_();
        Assert.Throws<ExternalException>(() => x.matmul(ones(3)));

        x.matmul(x).sum().backward();

        Assert.Equal(4, x.grad![0, 0].ToSingle());
    }
}
