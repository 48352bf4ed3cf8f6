using ServerlessTuning.Trainer.Reporting;
using ServerlessTuning.Trainer.Stages;
using ServerlessTuning.Contracts;

try
{
    return args switch
    {
        ["run", var order] => await Run(order),
        _ => Usage(),
    };
}
catch (Exception e) // the edge of the process
{
    Console.Error.WriteLine(TrainerFailures.Error(e));
    return TrainerFailures.ExitCode(e);
}

static async Task<int> Run(string order)
{
    using var stop = StopRequest.OnSignals();
    var name = OrderName.TryParse(order)
        ?? throw new RequestException($"run: found '{order}', expected the name of a work order in the container runs: {{run}}/attempts/{{attempt}}/order.json");
    return await new TrainerRun(name, TrainerSettings.FromEnvironment(), stop, new RunLog(Console.Out, TimeProvider.System), TimeProvider.System).Run();
}

static int Usage()
{
    Console.Error.WriteLine("usage: dotnet ServerlessTuning.Trainer.dll run <order>");
    return ExitCodes.RequestAtFault;
}
