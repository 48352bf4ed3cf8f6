using ServerlessTuning.Cli;

// tuning: the command line of ServerlessTuning. Each verb is a file; ./run is the verb run.
try
{
    return args switch
    {
        ["run", .. var rest] => await RunVerb.Run(rest),
        ["prepare", .. var rest] => await Prepare.Run(rest),
        ["submit", .. var rest] => await SubmitVerb.Run(rest),
        ["watch", .. var rest] => await WatchVerb.Run(rest),
        ["pull", .. var rest] => await PullVerb.Run(rest),
        _ => Usage.Print(args),
    };
}
catch (UserError error)
{
    Console.Error.WriteLine($"error: {error.Message}");
    return 2;
}
