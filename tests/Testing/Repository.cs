namespace ServerlessTuning.Testing;

/// <summary>Where things lie in the checkout that the tests run from.</summary>
public static class Repository
{
    /// <summary>The folder of <c>ServerlessTuning.sln</c>.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The references that lie beside a developer's checkout; null for a user, who does not have them.</summary>
    public static string? Shared { get; } = Directory.Exists(Path.Combine(Root, "..", "shared", "fixtures"))
        ? Path.GetFullPath(Path.Combine(Root, "..", "shared")) : null;

    /// <summary>A new empty folder under the system's temporary one.</summary>
    public static string NewFolder() => Directory.CreateTempSubdirectory("tuning-test-").FullName;

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "ServerlessTuning.sln")))
        {
            folder = Path.GetDirectoryName(folder)
                ?? throw new InvalidOperationException($"No ServerlessTuning.sln above {AppContext.BaseDirectory}.");
        }

        return folder;
    }
}
