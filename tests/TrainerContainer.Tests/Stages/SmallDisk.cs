using System.Diagnostics;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Trainer.Tests.Stages;

/// <summary>A disk in memory that is soon full.</summary>
internal sealed class SmallDisk : IDisposable
{
    public SmallDisk(int kilobytes) => Assert.Equal(0, Execute("mount", "-t", "tmpfs", "-o", $"size={kilobytes}k", "tmpfs", Folder));

    public string Folder { get; } = Repository.NewFolder();

    public void Dispose()
    {
        Execute("umount", "--lazy", Folder); // the base's weights are still mapped
        Directory.Delete(Folder);
    }

    internal static int Execute(string command, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode;
    }
}

/// <summary>A fact that mounts a disk of its own, which only root may.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute() => Skip = CanMount() ? null! : "needs root and the right to mount a tmpfs";

    private static bool CanMount()
    {
        var folder = Repository.NewFolder();
        var can = Environment.UserName == "root" && SmallDisk.Execute("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder) == 0;
        if (can)
        {
            SmallDisk.Execute("umount", folder);
        }

        Directory.Delete(folder);
        return can;
    }
}
