using System.Diagnostics;
using System.Text.Json;
using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Preparation;

namespace ServerlessTuning.Cli;

/// <summary><c>tuning prepare</c>: checks a dataset and writes its token shards in the layout of <c>runs/{run}/dataset/</c>, without storage or a run.</summary>
public static class Prepare
{
    public const string Usage = """
        tuning prepare FILE --base FOLDER --out FOLDER

        FILE is JSON Lines (messages, prompt and completion, or text), CSV, TSV or plain text; .gz too.
        --base FOLDER       base model in Hugging Face layout; its weights are not needed
        --out FOLDER        gets report.json, report.html and the token shards; what is there of an earlier one is replaced
        --valid FILE        held out for validation, instead of a share of FILE
        --test FILE         held out for the test, instead of a share of FILE
        --context N         longest example, tokens (default: the model's, up to 2048)
        --task NAME         supervised or pretraining (default: pretraining for text, else supervised)
        --overlong RULE     truncate (default), drop or reject
        --minimum N         fewer examples reject the dataset (default 10)
        --validation-share X, --test-share X   held out by hash (default 0.05 each)
        """;

    /// <returns>0 when the dataset can be used, 1 when it is rejected.</returns>
    public static async Task<int> Run(string[] args)
    {
        if (args is [] or ["--help"] or ["-h"])
        {
            Console.WriteLine(Usage);
            return 0;
        }

        var arguments = new Arguments(args, [], ["--base", "--out", "--valid", "--test", "--context", "--task", "--overlong", "--minimum", "--validation-share", "--test-share"]);
        var request = Request(arguments);
        var output = Required(arguments, "--out");
        var store = new FolderStore(Folder(Required(arguments, "--base")), output);
        Clear(output);
        var watch = Stopwatch.StartNew();
        var report = await LocalPreparation.RunAsync(request, store, ScanStep.DefaultChunkBytes, Math.Clamp(Environment.ProcessorCount, 1, 4), CancellationToken.None);
        Print(report, output, watch.Elapsed);
        return report.Usable ? 0 : 1;
    }

    private static FrozenRequest Request(Arguments arguments)
    {
        List<DatasetFile> files = [DataFile(arguments.Word("FILE"), DatasetSplit.Train)];
        foreach (var (option, split) in new[] { ("--valid", DatasetSplit.Validation), ("--test", DatasetSplit.Test) })
        {
            if (arguments.Value(option) is { } file)
            {
                files.Add(DataFile(file, split));
            }
        }

        arguments.NothingLeft();
        var defaults = new SplitRequest();
        var shares = new SplitRequest(
            Share(arguments, "--validation-share", defaults.Validation), Share(arguments, "--test-share", defaults.Test),
            arguments.Number("--minimum", defaults.MinimumExamples), Choice(arguments, "--overlong", defaults.Overlong));
        int? context = arguments.Value("--context") is null ? null : arguments.Number("--context", 0);
        if (context < 16)
        {
            throw new UserError($"--context: found {context}, expected at least 16 tokens");
        }

        TuningTask? task = arguments.Value("--task") is null ? null : Choice(arguments, "--task", TuningTask.Supervised);
        return new(new(Task: task, Hyperparameters: new(ContextLength: context), Split: shares), files);
    }

    private static DatasetFile DataFile(string path, DatasetSplit split)
    {
        var file = new FileInfo(path);
        return file.Exists ? new(file.FullName, "", file.Length, split) : throw new UserError($"{path} is not there");
    }

    private static string Folder(string path) => Directory.Exists(path) ? path : throw new UserError($"--base: {path} is no folder; expected a model in Hugging Face layout");

    private static string Required(Arguments arguments, string option) => arguments.Value(option) ?? throw new UserError($"{option} FOLDER is missing");

    private static double Share(Arguments arguments, string option, double otherwise) => arguments.Value(option) is not { } text ? otherwise
        : double.TryParse(text, out var share) && share is >= 0 and <= 0.5 ? share : throw new UserError($"{option}: found '{text}', expected a number from 0 to 0.5");

    private static T Choice<T>(Arguments arguments, string option, T otherwise) where T : struct, Enum => arguments.Value(option) is not { } text ? otherwise
        : Enum.TryParse<T>(text.Replace("_", "", StringComparison.Ordinal), ignoreCase: true, out var choice) ? choice
        : throw new UserError($"{option}: found '{text}', expected {string.Join(" or ", Enum.GetNames<T>()).ToLowerInvariant()}");

    /// <summary>An earlier report would be taken for this one's; other files of the person's are left alone.</summary>
    private static void Clear(string output)
    {
        Directory.CreateDirectory(output);
        foreach (var pattern in new[] { "report.json", "report.html", "train-*.safetensors", "validation-*.safetensors", "test-*.safetensors", "validation.jsonl", "test.jsonl" })
        {
            foreach (var file in Directory.EnumerateFiles(output, pattern))
            {
                File.Delete(file);
            }
        }
    }

    private static void Print(DatasetReport report, string output, TimeSpan took)
    {
        foreach (var problem in report.Problems)
        {
            Console.Error.WriteLine(problem);
        }

        if (report.ProblemCount > report.Problems.Count)
        {
            Console.Error.WriteLine($"… and {report.ProblemCount - report.Problems.Count} more");
        }

        foreach (var notice in report.Notices ?? [])
        {
            Console.WriteLine(notice);
        }

        Summarize(report, took);
        Console.WriteLine($"  {Path.Combine(output, FinishStep.PagePath)}");
    }

    private static void Summarize(DatasetReport report, TimeSpan took)
    {
        Console.WriteLine(report.Usable ? $"{report.Format}, {JsonNamingPolicy.SnakeCaseLower.ConvertName(report.Task.ToString())}, context {report.ContextLength} tokens, {took.TotalSeconds:0.0} s" : $"rejected: {report.ProblemCount} problems");
        if (!report.Usable)
        {
            return;
        }

        foreach (var (name, split) in new[] { ("train", report.Train), ("validation", report.Validation), ("test", report.Test) })
        {
            Console.WriteLine($"  {name,-10} {split.Examples,12:N0} examples {split.Tokens,14:N0} tokens {split.SupervisedTokens,14:N0} learned");
        }

        Console.WriteLine($"  left out: {report.Duplicates:N0} repeated, {report.Dropped:N0} dropped; {report.Truncated:N0} cut to the context");
    }
}
