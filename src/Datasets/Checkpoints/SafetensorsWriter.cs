using System.Text;
using System.Text.Json;

namespace ServerlessTuning.Datasets.Checkpoints;

/// <summary>A tensor to be written: its name, type and shape, and who writes its bytes.</summary>
/// <param name="Write">Writes exactly the bytes of the shape, little-endian, in C order.</param>
public sealed record SafetensorsTensor(string Name, SafetensorsType Type, IReadOnlyList<long> Shape, Action<Stream> Write)
{
    public long Bytes => Shape.Aggregate((long)Type.Size(), (bytes, size) => bytes * size);
}

/// <summary>Writes a safetensors file, tensor by tensor. The same tensors give the same bytes: nothing of the time or the machine is in it.</summary>
public static class SafetensorsWriter
{
    /// <param name="tensors">Written in ordinal order of their names, larger types first, so that each begins aligned to its element.</param>
    /// <param name="metadata">For example <c>format: pt</c>, which PEFT and transformers look for.</param>
    public static void Write(Stream stream, IEnumerable<SafetensorsTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var ordered = tensors.OrderByDescending(tensor => tensor.Type.Size()).ThenBy(tensor => tensor.Name, StringComparer.Ordinal).ToList();
        var header = Header(ordered, metadata);
        stream.Write(BitConverter.GetBytes((long)header.Length));
        stream.Write(header);
        foreach (var tensor in ordered)
        {
            var counted = new CountingStream(stream);
            tensor.Write(counted);
            if (counted.Written != tensor.Bytes)
            {
                throw new InvalidOperationException($"Tensor {tensor.Name} wrote {counted.Written} bytes, its type and shape are {tensor.Bytes}.");
            }
        }
    }

    /// <summary>Padded with spaces so that the data starts at a multiple of 8.</summary>
    private static byte[] Header(List<SafetensorsTensor> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata is not null)
            {
                json.WritePropertyName("__metadata__");
                JsonSerializer.Serialize(json, metadata);
            }

            var begin = 0L;
            foreach (var tensor in tensors)
            {
                json.WritePropertyName(tensor.Name);
                JsonSerializer.Serialize(json, new { dtype = tensor.Type.ToString(), shape = tensor.Shape, data_offsets = new[] { begin, begin + tensor.Bytes } });
                begin += tensor.Bytes;
            }

            json.WriteEndObject();
        }

        buffer.Write(Encoding.ASCII.GetBytes(new string(' ', (int)((8 - (buffer.Length % 8)) % 8))));
        return buffer.ToArray();
    }

    private sealed class CountingStream(Stream inner) : Stream
    {
        public long Written { get; private set; }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => Written;

        public override long Position { get => Written; set => throw new NotSupportedException(); }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            inner.Write(buffer);
            Written += buffer.Length;
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
