namespace ServerlessTuning.Trainer.Stages;

/// <summary>The name of a work order in the container <c>runs</c>: <c>{run}/attempts/{attempt}/order.json</c>. It tells where to report even when the order cannot be read.</summary>
public sealed record OrderName(string Run, int Attempt)
{
    public static OrderName? TryParse(string name) => name.Split('/') is [{ Length: > 0 } run, "attempts", var number, "order.json"]
        && run is not "." and not ".." && int.TryParse(number, out var attempt) && attempt > 0 ? new(run, attempt) : null;
}
