using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TorchSharp;

/// <summary>What native/torchdoor.cpp exports. A handle is one owned reference to a tensor; a nonzero result means door_error() says why.</summary>
internal static unsafe partial class Door
{
    private const string Library = "torchdoor";

    /// <summary>One argument or result; the layout of torchdoor.cpp's Value.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Value
    {
        public Tag Tag;
        public int Count;
        public long Bits;
    }

    public enum Tag { None, Tensor, Int, Double, Bool, IntList, DoubleList, TensorList, OptionalTensorList, Device, Text, Generator }

    [StructLayout(LayoutKind.Sequential)]
    public struct Facts
    {
        public long Dimensions, Elements, ElementSize, Offset, Version;
        public int Dtype, DeviceType, DeviceIndex, RequiresGrad, IsLeaf, IsContiguous;
    }

    [LibraryImport(Library)] private static partial byte* door_error();
    [LibraryImport(Library)] private static partial byte* door_version();
    [LibraryImport(Library)] private static partial byte* door_schema(nint op);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] public static partial nint door_find(string name, string overload);
    [LibraryImport(Library)] public static partial int door_call(nint op, Value* arguments, int count, Value* results, int capacity, int* found);

    [LibraryImport(Library)] public static partial void door_free(nint tensor);
    [LibraryImport(Library)] public static partial void door_free_array(nint handles);
    [LibraryImport(Library)] public static partial nint door_share(nint tensor);
    [LibraryImport(Library)] public static partial int door_facts(nint tensor, Facts* facts);
    [LibraryImport(Library), SuppressGCTransition] public static partial long door_dimensions(nint tensor);
    [LibraryImport(Library), SuppressGCTransition] public static partial void door_sizes(nint tensor, long* sizes);
    [LibraryImport(Library)] public static partial int door_strides(nint tensor, long* strides);
    [LibraryImport(Library), SuppressGCTransition] public static partial int door_dtype(nint tensor);
    [LibraryImport(Library)] public static partial int door_data(nint tensor, nint* data);

    [LibraryImport(Library)] public static partial int door_set_requires_grad(nint tensor, int on);
    [LibraryImport(Library)] public static partial int door_grad(nint tensor, nint* grad);
    [LibraryImport(Library)] public static partial int door_set_grad(nint tensor, nint grad);
    [LibraryImport(Library)]
    public static partial int door_backward(nint* outputs, nint* gradients, int outputCount, nint* inputs, int inputCount,
        int retainGraph, int createGraph, int allowUnused, nint* results);

    [LibraryImport(Library), SuppressGCTransition] public static partial int door_grad_mode();
    [LibraryImport(Library), SuppressGCTransition] public static partial void door_set_grad_mode(int on);
    [LibraryImport(Library), SuppressGCTransition] public static partial int door_is_inference_mode();
    [LibraryImport(Library)] public static partial nint door_enter_inference_mode(int on);
    [LibraryImport(Library)] public static partial void door_leave_inference_mode(nint mode);

    [LibraryImport(Library)] public static partial int door_seed(long seed);
    [LibraryImport(Library)] public static partial nint door_default_generator();
    [LibraryImport(Library)] public static partial nint door_new_generator(ulong seed);
    [LibraryImport(Library)] public static partial void door_free_generator(nint generator);
    [LibraryImport(Library)] public static partial ulong door_generator_seed(nint generator);
    [LibraryImport(Library)] public static partial int door_set_generator_seed(nint generator, ulong seed);
    [LibraryImport(Library)] public static partial int door_generator_state(nint generator, nint* state);
    [LibraryImport(Library)] public static partial int door_set_generator_state(nint generator, nint state);

    [LibraryImport(Library)] public static partial int door_threads(int interop);
    [LibraryImport(Library)] public static partial int door_set_threads(int count, int interop);
    [LibraryImport(Library)] public static partial int door_cuda_devices();
    [LibraryImport(Library)] public static partial int door_cuda_synchronize(int device);

    /// <summary>libtorch itself starts with the physical cores it thinks it has; here every core the process may use is the default, or OMP_NUM_THREADS.</summary>
    static Door()
    {
        try
        {
            _ = door_set_threads(int.TryParse(Environment.GetEnvironmentVariable("OMP_NUM_THREADS"), out var wanted) ? wanted : Environment.ProcessorCount, 0);
        }
        catch (DllNotFoundException e)
        {
            throw new DllNotFoundException("libtorchdoor.so or the libtorch it was built against cannot be loaded. Install libtorch (apt-get install libtorch-dev) "
                + $"or set TORCH_HOME, and build again. {e.Message}", e);
        }
    }

    /// <summary>The version of the libtorch in use, for example 1.13.0.</summary>
    public static string LibtorchVersion => Text(door_version());

    /// <summary>The operator with its argument names and types, as libtorch declares it.</summary>
    public static string Schema(nint op) => Text(door_schema(op));

    /// <summary>The first line of libtorch's last message on this thread; what follows are C++ frames.</summary>
    public static string LastError()
    {
        var text = Text(door_error());
        var end = text.IndexOf('\n', StringComparison.Ordinal);
        return end < 0 ? text : text[..end];
    }

    /// <exception cref="ExternalException">The call failed.</exception>
    public static void Check(int failed, [CallerMemberName] string what = "")
    {
        if (failed != 0)
        {
            throw new ExternalException($"{what}: {LastError()}");
        }
    }

    private static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";
}
