using System.Runtime.InteropServices;
using static TorchSharp.Door;

namespace TorchSharp;

public static partial class torch
{
    // What a tensor says about itself.
    public partial class Tensor
    {
        public long dim()
        {
            var count = door_dimensions(Handle);
            GC.KeepAlive(this);
            return count;
        }

        public long Dimensions => dim();

        public long ndim => dim();

        public unsafe long[] shape
        {
            get
            {
                var sizes = new long[dim()];
                fixed (long* first = sizes)
                {
                    door_sizes(Handle, first);
                }
                GC.KeepAlive(this);
                return sizes;
            }
        }

        public long[] size() => shape;

        /// <param name="dim">May count from the end.</param>
        public long size(int dim)
        {
            var sizes = shape;
            var d = dim < 0 ? dim + sizes.Length : dim;
            return d >= 0 && d < sizes.Length
                ? sizes[d]
                : throw new ExternalException($"size({dim}): {Signature()} has {sizes.Length} dimensions.");
        }

        public unsafe long[] stride()
        {
            var strides = new long[dim()];
            fixed (long* first = strides)
            {
                Check(door_strides(Handle, first), "stride");
            }
            GC.KeepAlive(this);
            return strides;
        }

        public long stride(int dim) => stride()[dim < 0 ? dim + this.dim() : dim];

        public ScalarType dtype
        {
            get
            {
                var type = (ScalarType)door_dtype(Handle);
                GC.KeepAlive(this);
                return type;
            }
        }

        public Device device => facts is { DeviceType: not (int)DeviceType.CPU } f ? new Device((DeviceType)f.DeviceType, f.DeviceIndex) : CPU;

        public DeviceType device_type => (DeviceType)facts.DeviceType;

        public int device_index => facts.DeviceIndex;

        public bool is_cuda => device_type == DeviceType.CUDA;

        public bool is_meta => device_type == DeviceType.META;

        public bool is_cpu() => device_type == DeviceType.CPU;

        public long numel() => facts.Elements;

        public long NumberOfElements => facts.Elements;

        public long element_size() => facts.ElementSize;

        public long ElementSize => facts.ElementSize;

        /// <summary>In elements from the start of the storage.</summary>
        public long storage_offset() => facts.Offset;

        public bool is_contiguous() => facts.IsContiguous != 0;

        public bool is_leaf => facts.IsLeaf != 0;

        public bool is_floating_point() => torch.is_floating_point(dtype);

        public bool is_integral() => torch.is_integral(dtype);

        public bool is_complex() => torch.is_complex(dtype);

        public override string ToString() => $"[{string.Join("x", shape)}], type = {dtype}, device = {device}";

        public override int GetHashCode() => base.GetHashCode();

        public override bool Equals(object? obj) => obj is Tensor other && Equals(other);

        /// <summary>Same shape and elements.</summary>
        public bool Equals(Tensor target) => Aten.Ask("equal", this, target);

        /// <summary>Number of in-place changes so far.</summary>
        internal long Version => facts.Version;

        /// <summary>For error texts: Float32[2, 3].</summary>
        internal string Signature()
        {
            if (IsInvalid)
            {
                return "disposed tensor";
            }
            var at = device_type == DeviceType.CPU ? "" : $" on {device}";
            return $"{dtype}[{string.Join(", ", shape)}]{at}";
        }

        private unsafe Facts facts
        {
            get
            {
                Facts f;
                Check(door_facts(Handle, &f), "facts");
                GC.KeepAlive(this);
                return f;
            }
        }
    }

    public static long numel(Tensor input) => input.numel();

    public static bool is_tensor(object obj) => obj is Tensor;
}
