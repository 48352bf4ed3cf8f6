using ServerlessTuning.Contracts;

namespace ServerlessTuning.Cli;

/// <summary><c>tuning watch</c>: follows a run to its end.</summary>
public static class WatchVerb
{
    public static async Task<int> Run(string[] args)
    {
        var arguments = new Arguments(args, [], ["--url"]);
        var run = arguments.Word("the run's id");
        arguments.NothingLeft();
        using var runs = new RunsClient(new Uri(arguments.Value("--url") ?? "http://localhost:7071/"));
        var ended = await new Watcher(runs, Console.Out, !Console.IsOutputRedirected).Follow(run, CancellationToken.None);
        Console.WriteLine(System.Text.Json.JsonSerializer.Serialize(ended.Result, TuningJson.Readable));
        return ended.Result?.Outcome == Outcome.Published ? 0 : 1;
    }
}
