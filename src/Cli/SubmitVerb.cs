namespace ServerlessTuning.Cli;

/// <summary><c>tuning submit</c>: drops a dataset; the blob trigger does the rest.</summary>
public static class SubmitVerb
{
    public static async Task<int> Run(string[] args)
    {
        var arguments = new Arguments(args, [], ["--storage", "--name", "--base"]);
        var path = arguments.Word("the dataset, a file or a folder,");
        arguments.NothingLeft();
        var dataset = await DropZone.Drop(Storage.Connect(arguments.Value("--storage")), path, arguments.Value("--name"), arguments.Value("--base"));
        Console.WriteLine($"dropped {path} into datasets/{dataset}/; GET /runs?dataset={dataset} shows its run");
        return 0;
    }
}
