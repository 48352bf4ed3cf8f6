namespace ServerlessTuning.Embedded.Functions.Hosting;

/// <summary>Words that a person knows from <c>func start</c>, as the configuration reads them.</summary>
internal static class CommandLine
{
    /// <summary><c>-p 7072</c> is <c>--port 7072</c>.</summary>
    public static string[] Long(string[] args) => [.. args.Select(word => word == "-p" ? "--port" : word)];
}
