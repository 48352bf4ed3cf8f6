namespace Microsoft.DurableTask;

/// <summary>Which call of an activity this is.</summary>
public abstract class TaskActivityContext
{
    public abstract TaskName Name { get; }

    /// <summary>Id of the orchestration that called.</summary>
    public abstract string InstanceId { get; }
}
