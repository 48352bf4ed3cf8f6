using Microsoft.Extensions.Configuration;
using ServerlessTuning.Embedded.DurableTask;
using ServerlessTuning.Embedded.Functions.Hosting;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Embedded.Functions.Tests;

/// <summary>host.json and local.settings.json, and what overrides them.</summary>
public sealed class HostSettingsTests : IDisposable
{
    private readonly string folder = Repository.NewFolder();

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void What_host_json_says_is_followed()
    {
        var settings = Read("""
            {
              // comments and a last comma are allowed
              "version": "2.0",
              "functionTimeout": "00:10:00",
              "extensions": {
                "http": { "routePrefix": "", "maxConcurrentRequests": 7, "maxOutstandingRequests": -1, "customHeaders": { "X-Frame-Options": "DENY" } },
                "blobs": { "poisonBlobThreshold": 2, "maxDegreeOfParallelism": 3 },
                "durableTask": {
                  "hubName": "Hub", "maxConcurrentActivityFunctions": 11, "maxConcurrentOrchestratorFunctions": 12, "defaultVersion": "1.5", "versionMatchStrategy": "strict", "versionFailureStrategy": "Fail",
                  "overridableExistingInstanceStates": "AnyState", "httpSettings": { "useForwardedHost": true },
                },
              },
            }
            """);

        Assert.Empty(UnhonouredSettings.Of(Configuration(File.ReadAllText(Path.Combine(folder, "host.json")))));
        Assert.Equal((7, null, 2, 3), (settings.MaxConcurrentRequests, settings.MaxOutstandingRequests, settings.PoisonBlobThreshold, settings.MaxDegreeOfParallelism));
        Assert.Equal(("", "Hub", 11, 12), (settings.RoutePrefix, settings.HubName, settings.MaxConcurrentActivities, settings.MaxConcurrentOrchestrations));
        Assert.Equal(("1.5", true, true), (settings.DefaultVersion, settings.ReplaceRunningInstances, settings.UseForwardedHost));
        Assert.Equal((VersionMatchStrategy.Strict, VersionFailureStrategy.Fail), (settings.VersionMatch, settings.VersionFailure));
        Assert.Equal((TimeSpan.FromMinutes(10), "DENY"), (settings.FunctionTimeout, settings.CustomHeaders["X-Frame-Options"]));
    }

    [Fact]
    public void What_host_json_asks_for_and_nobody_does_is_named()
    {
        var found = UnhonouredSettings.Of(Configuration("""
            {
              "version": "2.0",
              "singleton": { "lockPeriod": "00:00:15" },
              "retry": { "strategy": "fixedDelay", "maxRetryCount": 2 },
              "healthMonitor": { "enabled": true },
              "concurrency": { "dynamicConcurrencyEnabled": true },
              "logging": { "logLevel": { "default": "Warning" }, "fileLoggingMode": "always" },
              "extensions": {
                "http": { "hsts": { "isEnabled": true }, "dynamicThrottlesEnabled": true, "customHeaders": { "X-Frame-Options": "DENY" } },
                "durableTask": { "hubName": "Hub", "storageProvider": { "type": "mssql" }, "httpSettings": { "useForwardedHost": true, "defaultAsyncRequestSleepTimeMilliseconds": 1 } },
                "queues": { "batchSize": 1 }
              }
            }
            """));

        Assert.Equal(
            ["concurrency", "extensions.durableTask.httpSettings.defaultAsyncRequestSleepTimeMilliseconds", "extensions.durableTask.storageProvider", "extensions.http.dynamicThrottlesEnabled",
                "extensions.http.hsts", "extensions.queues", "healthMonitor", "logging.fileLoggingMode", "retry", "singleton"],
            found.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void An_environment_variable_overrides_host_json()
    {
        var settings = Read("""{ "version": "2.0", "extensions": { "http": { "routePrefix": "v1" } } }""", ("AzureFunctionsJobHost:extensions:http:routePrefix", "v2"));

        Assert.Equal("v2", settings.RoutePrefix);
    }

    [Fact]
    public void Without_a_host_json_the_platforms_defaults_hold()
    {
        var settings = HostSettings.Read(new ConfigurationBuilder().AddInMemoryCollection(HostFiles.HostJson(folder)).Build());

        Assert.Equal((VersionMatchStrategy.CurrentOrOlder, VersionFailureStrategy.Reject), (settings.VersionMatch, settings.VersionFailure));
        Assert.Equal(("api", 5, TimeSpan.FromMinutes(30)), (settings.RoutePrefix, settings.PoisonBlobThreshold, settings.FunctionTimeout));
    }

    [Theory]
    [InlineData("""{ "extensions": {} }""", "found version nothing, expected \"version\": \"2.0\"")]
    [InlineData("""{ "version": "2.0", "extensions": { "durableTask": { "versionMatchStrategy": "Newer" } } }""", "host.json, extensions.durableTask.versionMatchStrategy: found 'Newer', expected one of None, Strict, CurrentOrOlder")]
    [InlineData("""{ "version": "2.0", """, "host.json is no JSON")]
    public void A_host_json_that_cannot_be_followed_is_refused(string text, string message) =>
        Assert.Contains(message, Assert.Throws<InvalidOperationException>(() => Read(text)).Message);

    [Fact]
    public void Local_settings_become_settings_as_core_tools_makes_them()
    {
        File.WriteAllText(Path.Combine(folder, "local.settings.json"), """
            {
              "IsEncrypted": false,
              "Values": { "Tuning__Storage": "here", "AzureWebJobsStorage": "there" },
              "ConnectionStrings": { "Sql": { "ConnectionString": "server", "ProviderName": "x" }, "Plain": "text" },
              "Host": { "LocalHttpPort": 7099, "CORS": "*" }
            }
            """);

        var values = new ConfigurationBuilder().AddInMemoryCollection(HostFiles.LocalSettings(folder)).Build();

        Assert.Equal(("here", "there"), (values["Tuning:Storage"], values["AzureWebJobsStorage"]));
        Assert.Equal(("server", "text"), (values.GetConnectionString("Sql"), values.GetConnectionString("Plain")));
        Assert.Equal("http://localhost:7099", ListenAddress.Of(values));
    }

    [Fact]
    public void Encrypted_local_settings_are_refused()
    {
        File.WriteAllText(Path.Combine(folder, "local.settings.json"), """{ "IsEncrypted": true }""");

        Assert.Contains("func settings decrypt", Assert.Throws<InvalidOperationException>(() => HostFiles.LocalSettings(folder)).Message);
    }

    private HostSettings Read(string hostJson, params (string Name, string Value)[] environment) => HostSettings.Read(Configuration(hostJson, environment));

    private IConfigurationRoot Configuration(string hostJson, params (string Name, string Value)[] environment)
    {
        File.WriteAllText(Path.Combine(folder, "host.json"), hostJson);
        return new ConfigurationBuilder().AddInMemoryCollection(HostFiles.HostJson(folder))
            .AddInMemoryCollection(environment.ToDictionary(pair => pair.Name, string? (pair) => pair.Value)).Build();
    }
}
