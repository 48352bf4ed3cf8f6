using static TorchSharp.Door;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>A source of random numbers on the CPU. <see cref="Default"/> is the one that operators use when they are given none.</summary>
    public class Generator : IDisposable
    {
        private nint handle;

        public Generator(ulong seed = 0, Device? device = null)
        {
            if (device is { type: not DeviceType.CPU })
            {
                throw new NotSupportedException($"A generator on {device} is not supported; torch.manual_seed seeds every device.");
            }
            handle = door_new_generator(seed);
        }

        private Generator(nint handle) => this.handle = handle;

        ~Generator() => Dispose(false);

        public static Generator Default { get; } = new(door_default_generator());

        public nint Handle => handle != 0 ? handle : throw new ObjectDisposedException(nameof(Generator));

        public Device device { get; } = CPU;

        public Generator manual_seed(long seed)
        {
            Check(door_set_generator_seed(Handle, (ulong)seed));
            return this;
        }

        public long initial_seed() => (long)door_generator_seed(Handle);

        /// <summary>Seeds with a number drawn by the operating system, and returns it.</summary>
        public long seed()
        {
            var drawn = System.Security.Cryptography.RandomNumberGenerator.GetInt32(int.MaxValue);
            manual_seed(drawn);
            return drawn;
        }

        public unsafe Tensor get_state()
        {
            nint state;
            Check(door_generator_state(Handle, &state));
            return new Tensor(state);
        }

        public void set_state(Tensor value) => Check(door_set_generator_state(Handle, value.Handle));

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            if (Interlocked.Exchange(ref handle, 0) is var held && held != 0)
            {
                door_free_generator(held);
            }
        }
    }

    /// <summary>Seeds the generators of every device.</summary>
    public static Generator manual_seed(long seed)
    {
        Check(door_seed(seed));
        return Generator.Default;
    }

    public static long initial_seed() => Generator.Default.initial_seed();

    public static long seed() => manual_seed(System.Security.Cryptography.RandomNumberGenerator.GetInt32(int.MaxValue)).initial_seed();

    public static Tensor get_rng_state() => Generator.Default.get_state();

    public static void set_rng_state(Tensor new_state) => Generator.Default.set_state(new_state);

    public static class random
    {
        public static Generator manual_seed(long seed) => torch.manual_seed(seed);

        public static long initial_seed() => torch.initial_seed();

        public static long seed() => torch.seed();

        public static Tensor get_rng_state() => torch.get_rng_state();

        public static void set_rng_state(Tensor new_state) => torch.set_rng_state(new_state);
    }
}
