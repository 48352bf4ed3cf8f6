using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.Door;
using static TorchSharp.torch;

namespace TorchSharp;

/// <summary>
/// Calls libtorch's operators by schema name and overload (<c>"add.Tensor"</c> is aten::add.Tensor). Trailing arguments that are left out
/// take the schema's defaults. Every failure is an <see cref="ExternalException"/> with the operator, the arguments' shapes and types, and libtorch's first line.
/// </summary>
internal static unsafe class Aten
{
    private static readonly ConcurrentDictionary<string, nint> operators = new();

    /// <summary>Does this libtorch have the operator? Older ones lack some.</summary>
    public static bool Has(string op) => operators.GetOrAdd(op, Find) != 0;

    /// <summary>Calls an operator that returns one tensor.</summary>
    public static Tensor Call(string op, params ReadOnlySpan<Argument> arguments)
    {
        Value result;
        Invoke(op, arguments, &result, 1);
        return new Tensor((nint)result.Bits);
    }

    /// <summary>Calls an operator that changes its first argument, and returns that argument.</summary>
    public static Tensor Change(string op, params ReadOnlySpan<Argument> arguments)
    {
        Invoke(op, arguments, null, 0);
        return (Tensor)arguments[0].Held!;
    }

    /// <summary>Calls an operator that returns two tensors.</summary>
    public static (Tensor, Tensor) Call2(string op, params ReadOnlySpan<Argument> arguments)
    {
        var results = stackalloc Value[2];
        Invoke(op, arguments, results, 2);
        return (new Tensor((nint)results[0].Bits), new Tensor((nint)results[1].Bits));
    }

    /// <summary>Calls an operator that returns three tensors.</summary>
    public static (Tensor, Tensor, Tensor) Call3(string op, params ReadOnlySpan<Argument> arguments)
    {
        var results = stackalloc Value[3];
        Invoke(op, arguments, results, 3);
        return (new Tensor((nint)results[0].Bits), new Tensor((nint)results[1].Bits), new Tensor((nint)results[2].Bits));
    }

    /// <summary>Calls an operator that returns a list of tensors.</summary>
    public static Tensor[] CallList(string op, params ReadOnlySpan<Argument> arguments)
    {
        Value result;
        Invoke(op, arguments, &result, 1);
        var tensors = new Tensor[result.Count];
        for (var k = 0; k < tensors.Length; k++)
        {
            tensors[k] = new Tensor(((nint*)result.Bits)[k]);
        }
        door_free_array((nint)result.Bits);
        return tensors;
    }

    /// <summary>Calls an operator that answers yes or no.</summary>
    public static bool Ask(string op, params ReadOnlySpan<Argument> arguments)
    {
        Value result;
        Invoke(op, arguments, &result, 1);
        return result.Bits != 0;
    }

    [SkipLocalsInit]
    private static void Invoke(string op, ReadOnlySpan<Argument> arguments, Value* results, int capacity)
    {
        var handle = operators.GetOrAdd(op, Find);
        if (handle == 0)
        {
            throw new ExternalException($"{op}: the installed libtorch {LibtorchVersion} has no such operator. A newer libtorch may; set TORCH_HOME to it and build again.");
        }
        var words = 0;
        foreach (ref readonly var argument in arguments)
        {
            words += argument.Words;
        }
        var native = stackalloc Value[arguments.Length];
        Span<long> lists = words <= 64 ? stackalloc long[64] : new long[words];
        fixed (long* first = lists)
        {
            var next = first;
            for (var k = 0; k < arguments.Length; k++)
            {
                ref readonly var argument = ref arguments[k];
                native[k] = new Value { Tag = argument.Tag, Count = argument.Count, Bits = argument.Words > 0 ? (long)next : argument.Bits };
                argument.CopyList(next);
                next += argument.Words;
            }
            int found;
            if (door_call(handle, native, arguments.Length, results, capacity, &found) != 0)
            {
                throw Failure(op, arguments);
            }
        }
    }

    private static nint Find(string op)
    {
        var dot = op.IndexOf('.', StringComparison.Ordinal);
        var name = dot < 0 ? op : op[..dot];
        return door_find(name.Contains("::", StringComparison.Ordinal) ? name : "aten::" + name, dot < 0 ? "" : op[(dot + 1)..]);
    }

    private static ExternalException Failure(string op, ReadOnlySpan<Argument> arguments)
    {
        var why = LastError();
        var shown = new string[arguments.Length];
        for (var k = 0; k < shown.Length; k++)
        {
            shown[k] = arguments[k].ToString();
        }
        return new ExternalException($"{op}({string.Join(", ", shown)}): {why}");
    }
}
