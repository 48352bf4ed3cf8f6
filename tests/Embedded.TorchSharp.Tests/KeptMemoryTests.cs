using static TorchSharp.torch;

namespace ServerlessTuning.Embedded.TorchSharp.Tests;

public class KeptMemoryTests
{
    private const int Megabytes = 64, PagesOfOne = Megabytes << 8;                 // of 4 KiB

    [Fact]
    public void A_tensor_takes_the_memory_of_one_that_was_freed()
    {
        Fill();
        var before = PageFaults();

        for (var i = 0; i < 20; i++)
        {
            Fill();
        }

        Assert.InRange(PageFaults() - before, 0, 5 * PagesOfOne);               // without: a fault for each page of each of the 20
    }

    [Fact]
    public void What_is_kept_does_not_raise_the_peak()
    {
        for (var size = 1; size <= 40; size++)                                     // 40 sizes: none of them is ever free when it is asked for
        {
            Fill(size);
        }

        Assert.InRange(Resident(), 0, 600 << 20);                                  // kept all together they would be 820 MiB
    }

    private static void Fill(int megabytes = Megabytes) => ones(megabytes << 18).Dispose();

    /// <summary>Pages of this process that the system had to provide. proc_pid_stat(5), field 10.</summary>
    private static long PageFaults() => long.Parse(File.ReadAllText("/proc/self/stat").Split(") ")[1].Split(' ')[7], System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Bytes. proc_pid_statm(5), field 2.</summary>
    private static long Resident() => long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture) * Environment.SystemPageSize;
}
