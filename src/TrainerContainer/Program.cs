using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Graders;
using ServerlessTuning.Trainer.Reporting;
using ServerlessTuning.Trainer.Stages;
using ServerlessTuning.Trainer.Verbs;

try
{
    return args switch
    {
        ["run", var order] => await Run(order),
        ["generate", .. var rest] => GenerateVerb.Run(rest),
        ["evaluate", .. var rest] => EvaluateVerb.Run(rest),
        ["export", .. var rest] => ExportVerb.Run(rest),
        ["verify", .. var rest] => VerifyVerb.Run(rest),
        ["grade", .. var rest] => await Grade(rest),
        ["healthy"] => HealthyVerb.Run(TrainerSettings.WorkFromEnvironment, TimeProvider.System),
        ["help" or "--help" or "-h"] => Usage(Console.Out, ExitCodes.Done),
        _ => Usage(Console.Error, ExitCodes.RequestAtFault),
    };
}
catch (Exception e) // the edge of the process
{
    Console.Error.WriteLine(TrainerFailures.Error(e));
    return TrainerFailures.ExitCode(e);
}

static async Task<int> Run(string order)
{
    var name = OrderName.TryParse(order)
        ?? throw new RequestException($"run: found '{order}', expected a work order's name in the container runs: {{run}}/attempts/{{attempt}}/order.json");
    using var stop = StopRequest.OnSignals();
    return await new TrainerRun(name, TrainerSettings.FromEnvironment(), stop, new RunLog(Console.Out, TimeProvider.System), TimeProvider.System).Run();
}

static async Task<int> Grade(IReadOnlyList<string> rest)
{
    using var stop = StopRequest.OnSignals();
    return await GradeVerb.Run(rest, Console.Out, GraderResources.OfProcess, stop.Token);
}

static int Usage(TextWriter to, int exitCode)
{
    to.WriteLine($"""
        usage: dotnet ServerlessTuning.Trainer.dll <verb>
          run <order>    carry out a work order; Tuning__Storage says where it lies (a connection string, an https URI, file:///folder),
                         Tuning__Work where to work (default: {Path.Combine(Path.GetTempPath(), "serverless-tuning")})
          {GenerateVerb.Usage}
          {EvaluateVerb.Usage}
          {ExportVerb.Usage}
          {VerifyVerb.Usage}
          {GradeVerb.Usage}
          {HealthyVerb.Usage}
        exit codes: 0 done, 10 the request is at fault, 20 out of memory, 30 interrupted with a checkpoint, 1 anything else
        """);
    return exitCode;
}
