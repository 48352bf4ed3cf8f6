using System.Buffers.Binary;
using System.Text;
using ServerlessTuning.Datasets.Checkpoints;
using ServerlessTuning.Testing;
using ServerlessTuning.Trainer.Models;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Tests.Models;

/// <summary>Folders whose files do not fit together are named by file and tensor.</summary>
public sealed class MappedWeightsTests : IDisposable
{
    private readonly string folder = Repository.NewFolder();
    private readonly TorchSharp.DisposeScope scope = NewDisposeScope();

    [Fact]
    public void Shards_are_mapped_as_the_index_says()
    {
        Write("1.safetensors", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", [0, 0, 0x80, 0x3f, 0, 0, 0, 0x40]);
        Write("2.safetensors", """{"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"c":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}}""", [7, 0, 0, 0x40, 0x40]);
        Index("""{"weight_map":{"a":"1.safetensors","b":"2.safetensors","c":"2.safetensors"}}""");

        using var weights = Open();

        Assert.Equal([1f, 2f], weights.Stored("a").data<float>().ToArray());
        Assert.Equal([3f], weights.Stored("c").data<float>().ToArray());    // not aligned: copied
        Assert.Equal(7, weights.Stored("b").item<byte>());
    }

    [Fact]
    public void A_tensor_in_two_shards_is_an_error_that_names_both()
    {
        Write("1.safetensors", """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", [1]);
        Write("2.safetensors", """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", [2]);

        var thrown = Assert.Throws<SafetensorsFormatException>(Open);

        Assert.Equal("2.safetensors: found tensor a, which 1.safetensors holds too, expected every tensor once. Leave files of another upload out of the folder.", thrown.Message);
    }

    [Theory]
    [InlineData("""{"weight_map":{"a":"2.safetensors","b":"1.safetensors"}}""", "model.safetensors.index.json: found tensor a in 2.safetensors, expected 1.safetensors, which holds it.")]
    [InlineData("""{"weight_map":{"a":"1.safetensors","b":"2.safetensors","c":"2.safetensors"}}""", "model.safetensors.index.json: found tensor c in 2.safetensors, expected a tensor that one of the files holds.")]
    [InlineData("""{"weight_map":{"a":"../1.safetensors"}}""", "model.safetensors.index.json: found the file '../1.safetensors'")]
    public void An_index_that_does_not_fit_its_files_is_an_error(string index, string message)
    {
        Write("1.safetensors", """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", [1]);
        Write("2.safetensors", """{"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", [2]);
        Index(index);

        Assert.StartsWith(message, Assert.Throws<SafetensorsFormatException>(Open).Message);
    }

    [Fact]
    public void A_shard_that_is_not_there_is_named()
    {
        Index("""{"weight_map":{"a":"1.safetensors"}}""");

        Assert.Contains("found no 1.safetensors", Assert.Throws<BaseModelException>(Open).Message);
    }

    [Fact]
    public void A_type_that_is_not_read_is_named_only_when_its_tensor_is_asked_for()
    {
        Write("model.safetensors", """{"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", new byte[8]);
        using var weights = Open();

        Assert.Equal(0, weights.Stored("b").item<float>());
        var thrown = Assert.Throws<SafetensorsFormatException>(() => weights.Stored("a"));

        Assert.StartsWith("model.safetensors: found tensor a of type F8_E4M3, which is not read, expected BOOL, U8, I8, I16, F16, BF16, I32, F32, I64, F64. Take the model in BF16, F16 or F32.", thrown.Message);
    }

    public void Dispose()
    {
        scope.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private MappedWeights Open() => new(folder, ScalarType.Float32, trains: false, CPU);

    private void Index(string json) => File.WriteAllText(Path.Combine(folder, SafetensorsIndex.FileName), json);

    private void Write(string name, string json, byte[] data)
    {
        var header = Encoding.UTF8.GetBytes(json.PadRight((json.Length + 7) / 8 * 8));
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        File.WriteAllBytes(Path.Combine(folder, name), [.. length, .. header, .. data]);
    }
}
