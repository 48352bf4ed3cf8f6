using Microsoft.DurableTask;

namespace ServerlessTuning.Embedded.DurableTask;

/// <summary>What the client refuses, with the extension's rules.</summary>
internal static class InstanceIds
{
    private const int Longest = 256;

    /// <exception cref="ArgumentException">The id has a form that Azure does not take.</exception>
    public static void Check(string id)
    {
        var problem = id.Length is 0 or > Longest ? $"it has {id.Length} characters; 1 to {Longest} are allowed"
            : id[0] == '@' ? "it starts with '@', which is for entities"
            : id.AsSpan().IndexOfAny("/\\#?") >= 0 || id.Any(char.IsControl) ? "it holds one of / \\ # ? or a control character"
            : null;
        if (problem is not null)
        {
            throw new ArgumentException($"The instance id '{(id.Length > Longest ? id[..Longest] + "…" : id)}' cannot be used: {problem}. Choose another one.");
        }
    }

    /// <returns>The name.</returns>
    /// <exception cref="ArgumentException">The app has no such orchestrator.</exception>
    public static string KnownOrchestrator(IDurableFunctions functions, TaskName name) => !string.IsNullOrEmpty(name.Name) && functions.HasOrchestrator(name.Name)
        ? name.Name
        : throw new ArgumentException($"The function '{name.Name}' doesn't exist, is disabled, or is not an orchestrator function.");

    public static ArgumentException Unknown(string id) => new($"No instance with ID '{id}' was found.");
}
