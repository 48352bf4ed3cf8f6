using System.Buffers.Binary;
using System.Text;
using ServerlessTuning.Datasets.Checkpoints;

namespace ServerlessTuning.Datasets.Tests.Checkpoints;

public sealed class SafetensorsHeaderTests
{
    [Fact]
    public void A_header_tells_names_types_shapes_and_places()
    {
        var header = Read("""{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"b":{"dtype":"BF16","shape":[],"data_offsets":[8,10]},"c":{"dtype":"I64","shape":[0,7],"data_offsets":[10,10]}}   """, 10);

        Assert.Equal("pt", header.Metadata["format"]);
        Assert.Equal((SafetensorsType.F32, 2, 8), (header.Entries["a"].Type, header.Entries["a"].Elements, header.Entries["a"].Bytes));
        Assert.Equal(header.Entries["a"].Begin + 8, header.Entries["b"].Begin);
        Assert.Equal([0, 7], header.Entries["c"].Shape);
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F8_E4M3","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"F4","shape":[2],"data_offsets":[3,4]}}""", 4)]
    [InlineData("""{"a":{"dtype":"F5_NEXT_YEAR","shape":[3],"data_offsets":[0,4],"scale":{"x":[1,{}]}}}""", 4)]
    public void A_type_that_is_not_read_does_not_keep_a_file_from_being_opened(string json, int data) => Assert.Null(Read(json, data).Entries["a"].Type);

    [Theory]
    [InlineData("", 0, "a header that cannot be read")]
    [InlineData("[]", 0, "StartArray as the header, expected an object")]
    [InlineData("{} x", 0, "a header that cannot be read")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}", 4, "a header that cannot be read")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "found a twice, expected every name once")]
    [InlineData("""{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "found dtype of tensor a twice")]
    [InlineData("""{"__metadata__":{},"__metadata__":{}}""", 0, "found __metadata__ twice")]
    [InlineData("""{"__metadata__":{"a":1}}""", 0, "found Number as __metadata__, a, expected a text")]
    [InlineData("""{"a":5}""", 0, "found Number as tensor a, expected an object with dtype, shape, data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1]}}""", 4, "found tensor a without data_offsets")]
    [InlineData("""{"a":{"dtype":0,"shape":[1],"data_offsets":[0,1]}}""", 1, "found Number as dtype of tensor a")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", 4, "found shape of tensor a with a number that is negative, too large or not whole")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "found shape of tensor a with a number that is negative")]
    [InlineData("""{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}""", 4, "found shape of tensor a with String")]
    [InlineData("""{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}}""", 4, "too large or not whole")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,8],"data_offsets":[0,4]}}""", 4, "expected sizes whose product fits into memory")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,4]}}""", 4, "found 4 bytes for tensor a, expected 18446744073709551616 for F32 [4611686018427387904]")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "found 4 bytes for tensor a, expected 8 for F32 [2]")]
    [InlineData("""{"a":{"dtype":"F5_NEXT_YEAR","shape":[64],"data_offsets":[0,4]}}""", 4, "found 4 bytes for tensor a, expected more for F5_NEXT_YEAR [64]")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", 4, "found data_offsets [4, 0] of tensor a")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}""", 4, "found data_offsets [0] of tensor a")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 3, "up to the end of tensor a, as its header says")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 5, "expected 66, as its header says")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "which leaves a hole after the header")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "which overlaps with tensor a")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}}""", 16, "which leaves a hole after tensor a")]
    public void What_a_header_claims_must_be_there(string json, int data, string message)
    {
        var thrown = Assert.Throws<SafetensorsFormatException>(() => Read(json, data));

        Assert.StartsWith("model.safetensors: found ", thrown.Message);
        Assert.Contains(message, thrown.Message);
    }

    [Fact]
    public void A_file_that_ends_too_early_is_truncated()
    {
        var whole = File("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4);

        for (var length = 0; length < whole.Length; length++)
        {
            var cut = whole[..length];
            Assert.Throws<SafetensorsFormatException>(() => SafetensorsHeader.Read(new MemoryStream(cut), cut.Length, "model.safetensors"));
        }

        Assert.Throws<SafetensorsFormatException>(() => SafetensorsHeader.Read(new MemoryStream(whole[..20]), whole.Length, "model.safetensors"));
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(1UL << 63)]
    [InlineData(100_000_001UL)]
    [InlineData(57UL)]
    public void A_header_cannot_be_longer_than_its_file(ulong length)
    {
        var file = File("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 0);
        BinaryPrimitives.WriteUInt64LittleEndian(file, length);

        Assert.Contains($"found a header of {length} bytes", Assert.Throws<SafetensorsFormatException>(() => SafetensorsHeader.Read(new MemoryStream(file), file.Length, "model.safetensors")).Message);
    }

    [Theory]
    [InlineData("""{"weight_map":{"a":"../b.safetensors"}}""", "found the file '../b.safetensors', expected the name of a .safetensors file in the same folder")]
    [InlineData("""{"weight_map":{"a":"/etc/passwd"}}""", "found the file '/etc/passwd'")]
    [InlineData("""{"weight_map":{"a":"x\\y.safetensors"}}""", "expected the name of a .safetensors file")]
    [InlineData("""{"weight_map":{"a":"pytorch_model.bin"}}""", "expected the name of a .safetensors file")]
    [InlineData("""{"weight_map":{"a":""}}""", "expected the name of a .safetensors file")]
    [InlineData("""{"weight_map":{"a":null}}""", "found Null as the file of tensor a")]
    [InlineData("""{"weight_map":{"a":"m.safetensors","a":"m.safetensors"}}""", "found tensor a twice")]
    [InlineData("""{"weight_map":[]}""", "found StartArray, expected an object with weight_map")]
    [InlineData("""{"weight_map":{}}""", "found no tensor in its weight_map")]
    [InlineData("""{}""", "found no tensor in its weight_map")]
    [InlineData("""[]""", "found StartArray")]
    [InlineData("", "found text that cannot be read")]
    [InlineData("""{"weight_map":""", "found text that cannot be read")]
    public void An_index_names_files_of_its_own_folder(string json, string message) =>
        Assert.StartsWith($"model.safetensors.index.json: ", Assert.Throws<SafetensorsFormatException>(() => SafetensorsIndex.Parse(Encoding.UTF8.GetBytes(json))).Message is var text && text.Contains(message) ? text : $"{message} is not in: {text}");

    [Fact]
    public void A_tensor_must_lie_where_the_index_says()
    {
        var index = SafetensorsIndex.Parse("""{"metadata":{"total_size":4},"weight_map":{"a":"1.safetensors","b":"2.safetensors"}}"""u8);

        SafetensorsIndex.Check(index, new Dictionary<string, string> { ["a"] = "1.safetensors", ["b"] = "2.safetensors", ["c"] = "1.safetensors" });
        var elsewhere = Assert.Throws<SafetensorsFormatException>(() => SafetensorsIndex.Check(index, new Dictionary<string, string> { ["a"] = "2.safetensors", ["b"] = "2.safetensors" }));
        var nowhere = Assert.Throws<SafetensorsFormatException>(() => SafetensorsIndex.Check(index, new Dictionary<string, string> { ["a"] = "1.safetensors" }));

        Assert.Contains("found tensor a in 1.safetensors, expected 2.safetensors, which holds it.", elsewhere.Message);
        Assert.Contains("found tensor b in 2.safetensors, expected a tensor that one of the files holds.", nowhere.Message);
    }

    private static SafetensorsHeader Read(string json, int data)
    {
        var file = File(json, data);
        return SafetensorsHeader.Read(new MemoryStream(file), file.Length, "model.safetensors");
    }

    private static byte[] File(string json, int data)
    {
        var header = Encoding.UTF8.GetBytes(json);
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        return [.. length, .. header, .. new byte[data]];
    }
}
