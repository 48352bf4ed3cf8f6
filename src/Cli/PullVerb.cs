
namespace ServerlessTuning.Cli;

/// <summary><c>tuning pull</c>: a published version comes to disk.</summary>
public static class PullVerb
{
    public static async Task<int> Run(string[] args)
    {
        var arguments = new Arguments(args, [], ["--storage", "--alias"]);
        var (model, folder) = (arguments.Word("the model's name"), arguments.Word("the folder to copy to"));
        arguments.NothingLeft();
        var models = new PublishedModels(Storage.Connect(arguments.Value("--storage")));
        return await Copy(models, await models.Find(model, arguments.Value("--alias") ?? "latest"), folder);
    }

    /// <param name="model">Null: whichever was published last.</param>
    public static async Task<int> Pull(PublishedModels models, string? model, string folder) =>
        await Copy(models, model is null ? await models.Newest() : await models.Find(model), folder);

    private static async Task<int> Copy(PublishedModels models, Contracts.Manifest manifest, string folder)
    {
        await models.Copy(manifest, folder);
        Console.WriteLine($"{manifest.Model} version {manifest.Version} (run {manifest.RunId}): {manifest.Files.Count} files, "
            + $"{manifest.Files.Sum(file => file.Bytes):N0} bytes in {Path.GetFullPath(folder)}, SHA-256 sums as published");
        return 0;
    }
}
