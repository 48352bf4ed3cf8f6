namespace Microsoft.DurableTask;

/// <summary>How an orchestration starts over under its own id.</summary>
public class ContinueAsNewOptions
{
    public object? NewInput { get; set; }

    /// <summary>Hand events that nobody awaited on to the next generation. Default true.</summary>
    public bool PreserveUnprocessedEvents { get; set; } = true;

    public string? NewVersion { get; set; }
}
