using static TorchSharp.Door;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Where a tensor lives: "cpu", "cuda" or "cuda:1".</summary>
    public class Device
    {
        public Device(string description)
        {
            var colon = description.IndexOf(':', StringComparison.Ordinal);
            type = Parse(colon < 0 ? description : description[..colon]);
            index = colon < 0 ? Usual(type, -1) : int.Parse(description[(colon + 1)..]);
        }

        public Device(string deviceType, int index = -1) : this(Parse(deviceType), index)
        {
        }

        public Device(DeviceType deviceType, int index = -1) => (type, this.index) = (deviceType, Usual(deviceType, index));

        public Device(int index) : this(DeviceType.CUDA, index)
        {
        }

        public DeviceType type { get; }

        /// <summary>-1 on the CPU.</summary>
        public int index { get; }

        public override string ToString() => type == DeviceType.CPU || index < 0 ? Name : $"{Name}:{index}";

        public static implicit operator Device(string description) => new(description);

        private string Name => type.ToString().ToLowerInvariant();

        private static int Usual(DeviceType type, int index) => type == DeviceType.CUDA ? Math.Max(index, 0) : index;

        private static DeviceType Parse(string name) => Enum.TryParse<DeviceType>(name, ignoreCase: true, out var type) && char.IsLetter(name[0])
            ? type
            : throw new ArgumentException($"Unknown device '{name}'; expected cpu, cuda, cuda:<index>, mps or meta.");
    }

    public static readonly Device CPU = new(DeviceType.CPU);

    public static readonly Device META = new(DeviceType.META);

    private static Device defaultDevice = CPU;

    public static Device CUDA => new(DeviceType.CUDA);

    public static Device device(string description) => new(description);

    public static Device device(string deviceType, int index = -1) => new(deviceType, index);

    public static Device device(DeviceType deviceType, int index = -1) => new(deviceType, index);

    public static Device device(int index) => new(index);

    public static Device get_default_device() => defaultDevice;

    public static void set_default_device(Device device) => defaultDevice = device;

    public static void set_default_device(string device) => defaultDevice = new(device);

    /// <exception cref="InvalidOperationException">The device is CUDA and this libtorch or machine has none.</exception>
    public static void InitializeDeviceType(DeviceType deviceType)
    {
        if (!TryInitializeDeviceType(deviceType))
        {
            throw new InvalidOperationException($"Torch device type {deviceType} is not available: the installed libtorch {LibtorchVersion} or this machine has none.");
        }
    }

    public static bool TryInitializeDeviceType(DeviceType deviceType) => deviceType != DeviceType.CUDA || cuda_is_available();

    public static Device InitializeDevice(Device device)
    {
        device ??= get_default_device();
        InitializeDeviceType(device.type);
        return device;
    }

    public static bool cuda_is_available() => cuda.is_available();

    public static string __version__ => LibtorchVersion;

    public static class cuda
    {
        public static bool is_available() => device_count() > 0;

        public static int device_count() => door_cuda_devices();

        /// <summary>Waits until everything queued on the device is done.</summary>
        public static void synchronize(Device? device = null) => Check(door_cuda_synchronize(device is { type: DeviceType.CUDA } d ? d.index : -1));

        public static void manual_seed(long seed) => torch.manual_seed(seed);

        public static void manual_seed_all(long seed) => torch.manual_seed(seed);
    }

    /// <summary>Threads an operator may use. Default: every core the process may use.</summary>
    public static int get_num_threads() => door_threads(0);

    public static void set_num_threads(int num) => Check(door_set_threads(num, 0));

    public static int get_num_interop_threads() => door_threads(1);

    public static void set_num_interop_threads(int num) => Check(door_set_threads(num, 1));
}
