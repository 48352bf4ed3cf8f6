using Microsoft.DurableTask.Converters;
using Microsoft.Extensions.Configuration;
using ServerlessTuning.Embedded.DurableTask;
using ServerlessTuning.Embedded.Functions.Durable;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Embedded.Functions.Tests;

public sealed class DurableHostSettingsTests
{
    [Fact]
    public void The_engine_gets_what_host_json_says()
    {
        var settings = Read(
            """
            { // comments are allowed
              "extensions": { "durableTask": {
                "defaultVersion": "2.0", "maxConcurrentActivityFunctions": 3, "maxConcurrentOrchestratorFunctions": 4,
                "overridableExistingInstanceStates": "anyState", "httpSettings": { "useForwardedHost": true },
              } }
            }
            """);

        var engine = settings.Engine(JsonDataConverter.Default);

        Assert.Equal(("2.0", 3, 4, true), (engine.DefaultVersion, engine.MaxConcurrentActivities, engine.MaxConcurrentOrchestrations, engine.ReplaceRunningInstances));
        Assert.True(settings.UseForwardedHost);
    }

    [Fact]
    public void Without_host_json_the_defaults_hold()
    {
        var engine = Read(null).Engine(JsonDataConverter.Default);

        Assert.Equal(new DurableEngineOptions(), engine);
    }

    [Fact]
    public void An_app_setting_wins_over_the_file()
    {
        var settings = Read("""{ "extensions": { "durableTask": { "defaultVersion": "2.0" } } }""", ("AzureFunctionsJobHost:extensions:durableTask:defaultVersion", "3.0"));

        Assert.Equal("3.0", settings.Engine(JsonDataConverter.Default).DefaultVersion);
    }

    [Theory]
    [InlineData("maxConcurrentActivityFunctions", "0", "found \"0\", expected a whole number of at least 1")]
    [InlineData("overridableExistingInstanceStates", "\"Some\"", "found \"Some\", expected NonRunningStates or AnyState")]
    public void A_wrong_value_is_named_with_what_is_expected(string name, string value, string says)
    {
        var settings = Read($$"""{ "extensions": { "durableTask": { "{{name}}": {{value}} } } }""");

        var refused = Assert.Throws<InvalidDataException>(() => settings.Engine(JsonDataConverter.Default));

        Assert.Contains($"host.json, extensions.durableTask.{name}: {says}", refused.Message);
    }

    private static DurableHostSettings Read(string? hostJson, params (string Name, string Value)[] settings)
    {
        var folder = Repository.NewFolder();
        if (hostJson is not null)
        {
            File.WriteAllText(Path.Combine(folder, "host.json"), hostJson);
        }

        return DurableHostSettings.Read(new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(one => one.Name, one => (string?)one.Value)).Build(), folder);
    }
}
