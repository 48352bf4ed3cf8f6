using Microsoft.DurableTask;
using Microsoft.Extensions.Configuration;
using ServerlessTuning.Embedded.DurableTask;

namespace ServerlessTuning.Embedded.Functions.Durable;

/// <summary>
/// host.json's <c>extensions.durableTask</c> as far as the embedded engine follows it. As on the real host a setting such as
/// <c>AzureFunctionsJobHost__extensions__durableTask__defaultVersion</c> wins over the file.
/// </summary>
internal sealed class DurableHostSettings(IConfiguration durableTask)
{
    public static DurableHostSettings Read(IConfiguration settings, string contentRoot) => new(new ConfigurationBuilder()
        .AddJsonFile(Path.Combine(contentRoot, "host.json"), optional: true)
        .AddConfiguration(settings.GetSection("AzureFunctionsJobHost"))
        .Build().GetSection("extensions:durableTask"));

    /// <summary><c>httpSettings.useForwardedHost</c>.</summary>
    public bool UseForwardedHost => Value("httpSettings:useForwardedHost", false, bool.TryParse, "true or false");

    /// <exception cref="InvalidDataException">A value is not of the form that it must have.</exception>
    public DurableEngineOptions Engine(DataConverter converter)
    {
        var defaults = new DurableEngineOptions();
        return defaults with
        {
            DataConverter = converter,
            DefaultVersion = durableTask["defaultVersion"] ?? "",
            MaxConcurrentActivities = Count("maxConcurrentActivityFunctions", defaults.MaxConcurrentActivities),
            MaxConcurrentOrchestrations = Count("maxConcurrentOrchestratorFunctions", defaults.MaxConcurrentOrchestrations),
            ReplaceRunningInstances = Value("overridableExistingInstanceStates", false, ReplacesRunning, "NonRunningStates or AnyState"),
        };
    }

    private delegate bool Parser<T>(string text, out T value);

    private static bool PositiveCount(string text, out int count) => int.TryParse(text, out count) && count > 0;

    private static bool ReplacesRunning(string text, out bool replaces) =>
        (replaces = text.Equals("AnyState", StringComparison.OrdinalIgnoreCase)) || text.Equals("NonRunningStates", StringComparison.OrdinalIgnoreCase);

    private int Count(string name, int otherwise) => Value(name, otherwise, PositiveCount, "a whole number of at least 1");

    private T Value<T>(string name, T otherwise, Parser<T> parse, string expected) => durableTask[name] switch
    {
        null => otherwise,
        var text when parse(text, out var value) => value,
        var text => throw new InvalidDataException($"host.json, extensions.durableTask.{name.Replace(':', '.')}: found \"{text}\", expected {expected}. Correct it, or leave it out for the default."),
    };
}
