using static TorchSharp.Aten;

namespace TorchSharp;

public static partial class torch
{
    // To another element type or device. Without a change the result shares the elements, unless copy is set.
    public partial class Tensor
    {
        public Tensor to(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            Then(Call("to.dtype", this, type, non_blocking, copy), disposeAfter);

        public Tensor to_type(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) => to(type, copy, disposeAfter, non_blocking);

        public Tensor to(Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) => to(dtype, device, copy, disposeAfter, non_blocking);

        public Tensor to(DeviceType deviceType, int deviceIndex = -1, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            to(new Device(deviceType, deviceIndex), copy, disposeAfter, non_blocking);

        public Tensor to(string device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) => to(new Device(device), copy, disposeAfter, non_blocking);

        public Tensor to(ScalarType type, Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false)
        {
            InitializeDeviceType(device.type);
            return Then(Call("to.device", this, device, type, non_blocking, copy), disposeAfter);
        }

        public Tensor to(Tensor other, bool non_blocking = false) => to(other.dtype, other.device, non_blocking: non_blocking);

        public Tensor type(ScalarType dtype) => to(dtype);

        public Tensor type_as(Tensor tensor) => to(tensor.dtype);

        public Tensor cpu() => to(CPU);

        public Tensor cuda(Device? device = null, bool non_blocking = false) => to(device ?? CUDA, non_blocking: non_blocking);

        public Tensor @float() => to(ScalarType.Float32);
        public Tensor @double() => to(ScalarType.Float64);
        public Tensor half() => to(ScalarType.Float16);
        public Tensor bfloat16() => to(ScalarType.BFloat16);
        public Tensor @long() => to(ScalarType.Int64);
        public Tensor @int() => to(ScalarType.Int32);
        public Tensor @short() => to(ScalarType.Int16);
        public Tensor @byte() => to(ScalarType.Byte);
        public Tensor @bool() => to(ScalarType.Bool);

        /// <summary>Copies the elements of <paramref name="source"/> here, broadcasting and converting.</summary>
        public Tensor copy_(Tensor source, bool nonBlocking = false) => Change("copy_", this, source, nonBlocking);

        /// <summary>Makes this tensor share the storage, shape and strides of another.</summary>
        public Tensor set_(Tensor source) => Change("set_.source_Tensor", this, source);

        public Tensor pin_memory() => Call("pin_memory", this);

        internal bool WouldCopy(ScalarType dtype, Device device) =>
            this.dtype != dtype || device_type != device.type || (device.type == DeviceType.CUDA && device_index != device.index);

        private Tensor Then(Tensor converted, bool disposeAfter)
        {
            if (disposeAfter)
            {
                Dispose();
            }
            return converted;
        }
    }
}
