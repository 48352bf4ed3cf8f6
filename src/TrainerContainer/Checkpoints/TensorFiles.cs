using ServerlessTuning.Datasets.Checkpoints;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Checkpoints;

/// <summary>Tensors to a safetensors file, one at a time, whatever device they live on.</summary>
public static class TensorFiles
{
    public static void Write(Stream stream, IEnumerable<(string Name, Tensor Tensor)> tensors, IReadOnlyDictionary<string, string>? metadata = null) =>
        SafetensorsWriter.Write(stream, tensors.Select(item => new SafetensorsTensor(item.Name, TypeOf(item.Tensor.dtype), item.Tensor.shape, to => Copy(item.Tensor, to))), metadata);

    private static void Copy(Tensor tensor, Stream to)
    {
        using var scope = NewDisposeScope();
        to.Write(tensor.detach().cpu().contiguous().bytes);
    }

    private static SafetensorsType TypeOf(ScalarType type) => type switch
    {
        ScalarType.Float32 => SafetensorsType.F32,
        ScalarType.BFloat16 => SafetensorsType.BF16,
        ScalarType.Float16 => SafetensorsType.F16,
        ScalarType.Float64 => SafetensorsType.F64,
        ScalarType.Int64 => SafetensorsType.I64,
        ScalarType.Int32 => SafetensorsType.I32,
        ScalarType.Byte => SafetensorsType.U8,
        _ => throw new NotSupportedException($"A tensor of {type} has no place in a checkpoint."),
    };
}
