namespace ServerlessTuning.Cli;

/// <summary>The help texts.</summary>
internal static class Usage
{
    public const string Run = """
        ./run                          tune the sample model on the sample dataset and show what changed
        ./run DATA [--base FOLDER]     tune on your own file (or a folder with train.*, valid.*, test.*, tuning.json);
                                       FOLDER holds a base model in Hugging Face layout
        ./run --serve                  leave storage and the functions app running
        ./run --continue               go on with the newest run that has not ended
        ./run --pull FOLDER            copy the latest published version to disk and check its SHA-256 sums
        ./run --try "PROMPT"           answer with base and tuned, side by side

        --model NAME      which published model --pull and --try take (default: the one published last)
        --port N          of the functions app (default 7071)
        --storage-port N  of the storage emulator's blobs; queues and tables use the next two (default 10000)
        --state FOLDER    where storage, history and logs are kept (default .tuning)
        """;

    private const string Tuning = """
        tuning run ...                 a whole run on this machine; see: tuning run --help
        tuning prepare FILE ...        check a dataset and write its token shards, without storage or a run
        tuning submit FILE|FOLDER      drop a dataset into storage          [--storage CONNECTION] [--name DATASET]
        tuning watch RUN               follow a run                         [--url http://localhost:7071]
        tuning pull MODEL FOLDER       copy a published version to disk     [--storage CONNECTION] [--alias latest]
        """;

    public static int Print(string[] args)
    {
        var asked = args is [] or ["--help"] or ["-h"] or ["help"];
        (asked ? Console.Out : Console.Error).WriteLine(asked ? Tuning : $"unknown verb '{args[0]}'\n\n{Tuning}");
        return asked ? 0 : 2;
    }
}
