using System.Diagnostics;
using System.Text.Json.Nodes;
using ServerlessTuning.Contracts;
using ServerlessTuning.Testing;
using ServerlessTuning.Trainer.Stages;
using ServerlessTuning.Trainer.Tests.Stages;

namespace ServerlessTuning.Trainer.Tests.Verbs;

/// <summary>What a person does with a run's files.</summary>
[Collection(nameof(UndisturbedRun))]
public sealed class VerbTests(UndisturbedRun undisturbed)
{
    [Fact]
    public async Task Adapter_beside_base_and_merged_weights_answer_alike()
    {
        var (model, artifacts) = await Files();

        var apart = await Trainer("generate", "--base", model, "--adapter", Path.Combine(artifacts, "adapter"), "--prompt", "What is 3 plus 3?", "--max-tokens", "12", "--json");
        var merged = await Trainer("generate", "--base", model, "--tuned", Path.Combine(artifacts, "merged"), "--prompt", "What is 3 plus 3?", "--max-tokens", "12", "--json");

        Assert.Equal(apart, merged);
        var answer = JsonNode.Parse(apart)!;
        Assert.Equal("What is 3 plus 3?", answer["prompt"]!.GetValue<string>());
        Assert.NotEqual(answer["base"]!.GetValue<string>(), answer["tuned"]!.GetValue<string>());
    }

    [Fact]
    public async Task An_adapter_exported_by_hand_gives_the_merged_weights_of_the_run()
    {
        var (model, artifacts) = await Files();
        var to = Path.Combine(Repository.NewFolder(), "merged");

        await Trainer("export", "--base", model, "--adapter", Path.Combine(artifacts, "adapter"), "--to", to);

        Assert.Equal(await undisturbed.Run.Bytes("artifacts/merged/model.safetensors"), await File.ReadAllBytesAsync(Path.Combine(to, "model.safetensors")));
    }

    private async Task<(string Base, string Artifacts)> Files()
    {
        var folder = Repository.NewFolder();
        await Downloads.Folder(undisturbed.Run.Store, BlobPaths.Models, BlobPaths.Base("tiny"), Path.Combine(folder, "base"), default);
        await Downloads.Folder(undisturbed.Run.Store, BlobPaths.Runs, BlobPaths.Artifacts(TinyRun.Id), Path.Combine(folder, "artifacts"), default);
        return (Path.Combine(folder, "base"), Path.Combine(folder, "artifacts"));
    }

    private static async Task<string> Trainer(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [TinyRun.TrainerPath, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (said, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == ExitCodes.Done, await error);
        return await said;
    }
}
