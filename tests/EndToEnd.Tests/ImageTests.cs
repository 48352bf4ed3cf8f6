using System.Diagnostics;
using ServerlessTuning.Testing;

namespace ServerlessTuning.EndToEnd.Tests;

/// <summary>
/// The trainer as its image holds it, without the image: published as the Dockerfile does, alone in a folder, started with nothing in its environment. Of the
/// embedded stack, whose libtorch is the system's; that the image's own libtorch loads only the image can show.
/// </summary>
public sealed class ImageTests
{
    [SharedFact]
    public async Task The_self_contained_trainer_alone_in_a_folder_and_without_an_environment_verifies_every_reference_case()
    {
        var (published, alone) = (Path.Combine(Repository.NewFolder(), "app"), Path.Combine(Repository.NewFolder(), "app"));
        await Run("dotnet", ["publish", Path.Combine(Repository.Root, "src", "TrainerContainer"), "--configuration", "Release", "--runtime", "linux-x64", "--self-contained",
            "--output", published, .. Apart, "-p:DebugType=none", "-p:RunAnalyzers=false", "-p:EnforceCodeStyleInBuild=false", "-v", "quiet"]);
        Directory.Move(published, alone);

        var said = await Run("env", ["-i", Path.Combine(alone, "ServerlessTuning.Trainer"), "verify", Path.Combine(Repository.Shared!, "fixtures")]);

        Assert.Matches(@"\n[1-9]\d* passed, 0 failed, 0 not covered\n", said);
        Assert.True(File.Exists(Path.Combine(alone, "libcoreclr.so")), "it brings no runtime, and used one that the image does not have");
        Assert.Empty(Directory.GetFiles(alone, "*.pdb", SearchOption.AllDirectories));
        Directory.Delete(alone, recursive: true);
    }

    /// <summary>Outputs of its own, because a build for a runtime would make the next ordinary one start over; but the compiled door to libtorch is taken as it is.</summary>
    private static IEnumerable<string> Apart =>
    [
        $"-p:ArtifactsPath={Path.Combine(Repository.Root, ".tuning", "published")}",
        $"-p:DoorFolder={Path.Combine(Repository.Root, "artifacts", "embedded", "obj", "Embedded.TorchSharp", "native")}/",
    ];

    private static async Task<string> Run(string program, IEnumerable<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetTempPath() })!;
        var (said, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}:\n{await said}\n{await error}");
        return await said;
    }
}
