using System.Runtime.InteropServices;
using TorchSharp.Utils;
using static TorchSharp.Door;

namespace TorchSharp;

public static partial class torch
{
    // The elements of a tensor, seen from C#.
    public partial class Tensor
    {
        /// <summary>The elements' memory; valid while the tensor lives. CPU only, contiguous, at most 2 GB.</summary>
        public unsafe Span<byte> bytes
        {
            get => new((void*)DataPointer("bytes"), ByteCount());
            set
            {
                var target = bytes;
                if (target.Length != value.Length)
                {
                    throw new ArgumentException($"bytes: {Signature()} holds {target.Length} bytes, got {value.Length}.");
                }
                value.CopyTo(target);
            }
        }

        /// <summary>A typed view of the elements; <typeparamref name="T"/> must be the tensor's element type.</summary>
        public TensorAccessor<T> data<T>() where T : unmanaged
        {
            if (device_type != DeviceType.CPU)
            {
                throw new InvalidOperationException("Reading data from non-CPU memory is not supported. Move or copy the tensor to the cpu before reading.");
            }
            RequireType<T>();
            return new TensorAccessor<T>(this);
        }

        /// <summary>The only element.</summary>
        public T item<T>() where T : unmanaged
        {
            if (numel() != 1)
            {
                throw new ArgumentException($"Number of elements in the tensor must be 1; {Signature()} has {numel()}.");
            }
            RequireType<T>();
            using var here = HostCopy();
            return MemoryMarshal.Read<T>(here.bytes);
        }

        public Scalar ToScalar()
        {
            if (numel() != 1)
            {
                throw new ArgumentException($"Number of elements in the tensor must be 1; {Signature()} has {numel()}.");
            }
            using var here = HostCopy();
            ReadOnlySpan<byte> raw = here.bytes;
            return dtype switch
            {
                ScalarType.Bool => raw[0] != 0,
                ScalarType.Byte => raw[0],
                ScalarType.Int8 => (sbyte)raw[0],
                ScalarType.Int16 => MemoryMarshal.Read<short>(raw),
                ScalarType.Int32 => MemoryMarshal.Read<int>(raw),
                ScalarType.Int64 => MemoryMarshal.Read<long>(raw),
                ScalarType.Float16 => MemoryMarshal.Read<Half>(raw),
                ScalarType.BFloat16 => MemoryMarshal.Read<BFloat16>(raw),
                ScalarType.Float32 => MemoryMarshal.Read<float>(raw),
                ScalarType.Float64 => MemoryMarshal.Read<double>(raw),
                _ => throw new NotSupportedException($"ToScalar: {dtype} is not supported."),
            };
        }

        public bool is_nonzero() => ToScalar().ToBoolean();

        /// <summary>Copies the elements in row-major order to the stream, in the tensor's own type.</summary>
        public void WriteBytesToStream(Stream stream, int bufferSize = 1024)
        {
            using var here = HostCopy();
            ForEachBlock(here, Math.Max(bufferSize, 1 << 16), block => stream.Write(block));
        }

        public void ReadBytesFromStream(Stream stream, int bufferSize = 1024)
        {
            if (device_type == DeviceType.CPU && is_contiguous())
            {
                ForEachBlock(this, Math.Max(bufferSize, 1 << 16), stream.ReadExactly);
                return;
            }
            using var here = empty(shape, dtype);
            ForEachBlock(here, Math.Max(bufferSize, 1 << 16), stream.ReadExactly);
            copy_(here);
        }

        internal unsafe nint DataPointer(string what)
        {
            if (device_type != DeviceType.CPU || !is_contiguous())
            {
                throw new InvalidOperationException($"{what}: the tensor must be contiguous and on the CPU; {Signature()} has strides [{string.Join(", ", stride())}].");
            }
            nint data;
            Check(door_data(Handle, &data), what);
            GC.KeepAlive(this);
            return data;
        }

        /// <summary>Itself, or a contiguous copy on the CPU; to be disposed either way.</summary>
        internal Tensor HostCopy()
        {
            using var scope = NewDisposeScope();
            return detach().to(CPU).contiguous().DetachFromDisposeScope();
        }

        private int ByteCount()
        {
            var count = numel() * element_size();
            return count <= int.MaxValue
                ? (int)count
                : throw new NotImplementedException($"bytes: {Signature()} holds {count} bytes, more than one span can show (2 GB). Read it in parts with narrow().");
        }

        private void RequireType<T>()
        {
            if (TypeOf<T>() != dtype)
            {
                throw new ArgumentException($"{typeof(T).Name} is not compatible with {dtype}");
            }
        }

        private delegate void UseBlock(Span<byte> block);

        private static unsafe void ForEachBlock(Tensor tensor, int length, UseBlock use)
        {
            var start = (byte*)tensor.DataPointer("bytes");
            var total = tensor.numel() * tensor.element_size();
            for (long at = 0; at < total; at += length)
            {
                use(new Span<byte>(start + at, (int)Math.Min(length, total - at)));
            }
            GC.KeepAlive(tensor);
        }
    }

    /// <summary>The element type that holds a C# type.</summary>
    internal static ScalarType TypeOf<T>() => TypeOf(typeof(T));

    internal static ScalarType TypeOf(Type type) =>
        type == typeof(float) ? ScalarType.Float32
        : type == typeof(double) ? ScalarType.Float64
        : type == typeof(long) ? ScalarType.Int64
        : type == typeof(int) ? ScalarType.Int32
        : type == typeof(short) ? ScalarType.Int16
        : type == typeof(sbyte) ? ScalarType.Int8
        : type == typeof(byte) ? ScalarType.Byte
        : type == typeof(bool) ? ScalarType.Bool
        : type == typeof(Half) ? ScalarType.Float16
        : type == typeof(BFloat16) ? ScalarType.BFloat16
        : throw new NotSupportedException($"{type.Name} is no element type of a tensor.");
}
