using System.Diagnostics;

namespace ServerlessTuning.Cli;

/// <summary><c>./run --try "prompt"</c>: base and tuned answer the same prompt.</summary>
internal static class TryOut
{
    public static async Task<int> Answer(LocalStack stack, PublishedModels models, string? model, string prompt)
    {
        var manifest = model is null ? await models.Newest() : await models.Find(model);
        var folder = Path.Combine(stack.Work, "try", manifest.Model, $"{manifest.Version}");
        var baseFolder = Path.Combine(stack.Work, "try", "base", manifest.Base);
        await models.Copy(manifest, folder);
        await models.CopyBase(manifest.Base, baseFolder);
        using var trainer = Process.Start("dotnet",
            [stack.TrainerPath, "generate", "--base", baseFolder, "--tuned", Path.Combine(folder, "merged"), "--prompt", prompt]);
        await trainer.WaitForExitAsync();
        return trainer.ExitCode;
    }
}
