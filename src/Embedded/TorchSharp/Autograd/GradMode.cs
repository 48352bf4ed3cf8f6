using static TorchSharp.Door;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Operations on this thread are not recorded until the result is disposed.</summary>
    public static IDisposable no_grad() => new GradMode(false);

    public static IDisposable enable_grad(bool enabled = true) => new GradMode(enabled);

    public static IDisposable set_grad_enabled(bool mode = true) => new GradMode(mode);

    public static bool is_grad_enabled() => door_grad_mode() != 0;

    /// <summary>Like no_grad, and what is made inside can never take part in a recorded computation.</summary>
    public static IDisposable inference_mode(bool mode = true) => new InferenceMode(mode);

    public static bool is_inference_mode_enabled() => door_is_inference_mode() != 0;

    private sealed class GradMode : IDisposable
    {
        private readonly int before = door_grad_mode();

        public GradMode(bool on) => door_set_grad_mode(on ? 1 : 0);

        public void Dispose() => door_set_grad_mode(before);
    }

    private sealed class InferenceMode(bool on) : IDisposable
    {
        private nint mode = door_enter_inference_mode(on ? 1 : 0);

        public void Dispose()
        {
            if (Interlocked.Exchange(ref mode, 0) is var entered && entered != 0)
            {
                door_leave_inference_mode(entered);
            }
        }
    }
}
