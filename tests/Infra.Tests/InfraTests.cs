using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using ServerlessTuning.Functions.Compute;
using ServerlessTuning.Functions.Options;
using ServerlessTuning.Functions.Triggers;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Infra.Tests;

public sealed partial class InfraTests
{
    /// <summary>Written from memory and not yet compared with the providers' references or compiled; a change of version is at least seen here.</summary>
    private static readonly Dictionary<string, string> Reviewed = new()
    {
        ["Microsoft.Authorization/policyAssignments"] = "2024-04-01",
        ["Microsoft.Authorization/resourceManagementPrivateLinks"] = "2020-05-01",
        ["Microsoft.Authorization/roleAssignments"] = "2022-04-01",
        ["Microsoft.Authorization/roleDefinitions"] = "2022-04-01",
        ["Microsoft.Consumption/budgets"] = "2023-11-01",
        ["Microsoft.ContainerRegistry/registries"] = "2023-07-01",
        ["Microsoft.EventGrid/systemTopics"] = "2025-02-15",
        ["Microsoft.Insights/components"] = "2020-02-02",
        ["Microsoft.Insights/scheduledQueryRules"] = "2022-06-15",
        ["Microsoft.KeyVault/vaults"] = "2023-07-01",
        ["Microsoft.ManagedIdentity/userAssignedIdentities"] = "2023-01-31",
        ["Microsoft.Network/natGateways"] = "2024-01-01",
        ["Microsoft.Network/networkSecurityGroups"] = "2024-01-01",
        ["Microsoft.Network/privateDnsZones"] = "2020-06-01",
        ["Microsoft.Network/privateDnsZones/virtualNetworkLinks"] = "2020-06-01",
        ["Microsoft.Network/privateEndpoints"] = "2024-01-01",
        ["Microsoft.Network/privateEndpoints/privateDnsZoneGroups"] = "2024-01-01",
        ["Microsoft.Network/publicIPAddresses"] = "2024-01-01",
        ["Microsoft.Network/virtualNetworks"] = "2024-01-01",
        ["Microsoft.OperationalInsights/workspaces"] = "2023-09-01",
        ["Microsoft.Resources/resourceGroups"] = "2024-03-01",
        ["Microsoft.Storage/storageAccounts"] = "2023-05-01",
        ["Microsoft.Storage/storageAccounts/blobServices"] = "2023-05-01",
        ["Microsoft.Storage/storageAccounts/blobServices/containers"] = "2023-05-01",
        ["Microsoft.Storage/storageAccounts/managementPolicies"] = "2023-05-01",
        ["Microsoft.Web/serverfarms"] = "2024-04-01",
        ["Microsoft.Web/sites"] = "2024-04-01",
    };

    public static TheoryData<string> Files => [.. BicepFile.All.Select(file => file.Name)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_parameter_and_output_is_described(string name)
    {
        Assert.Empty(BicepFile.Of(name).Undescribed("param"));
        Assert.Empty(BicepFile.Of(name).Undescribed("output"));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_resource_type_has_its_reviewed_api_version(string name) =>
        Assert.All(BicepFile.Of(name).Resources, resource => Assert.Equal(Reviewed.GetValueOrDefault(resource.Type), resource.Version));

    [Theory]
    [MemberData(nameof(Files))]
    public void No_output_and_no_setting_holds_a_secret(string name)
    {
        var text = BicepFile.Of(name).Text;
        Assert.DoesNotMatch(@"listKeys|listCredentials|listAccountSas|InstrumentationKey|AccountKey|adminPassword", text);
        Assert.DoesNotMatch(@"allowSharedKeyAccess: true|adminUserEnabled: true|anonymousPullEnabled: true|allowBlobPublicAccess: true", text);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_variable_parameter_and_module_output_that_is_used_is_there_and_the_other_way_round(string name)
    {
        var file = BicepFile.Of(name);
        foreach (var parameter in file.Names("param"))
        {
            Assert.True(Regex.Count(file.Text, $@"\b{parameter}\b") > 1, $"{name}: {parameter} is not used");
        }

        var opened = file.Text.Count(c => c == '{') - file.Text.Count(c => c == '}');
        Assert.Equal(0, opened);
    }

    [Fact]
    public void Main_gives_every_module_what_it_asks_for_and_nothing_else_and_reads_only_outputs_that_exist()
    {
        var main = BicepFile.Of("main");
        foreach (Match module in Module().Matches(main.Text))
        {
            var file = BicepFile.Of(module.Groups["file"].Value);
            var block = main.Block($"module {module.Groups["symbol"].Value} ");
            var given = Argument().Matches(block[block.IndexOf("params:", StringComparison.Ordinal)..]).Select(match => match.Groups[1].Value).Where(file.Names("param").Contains).ToHashSet();
            Assert.All(file.Required, required => Assert.True(given.Contains(required), $"{file.Name} is not given {required}"));
            foreach (Match read in Regex.Matches(main.Text, $@"\b{module.Groups["symbol"].Value}\.outputs\.(\w+)"))
            {
                Assert.Contains(read.Groups[1].Value, file.Names("output"));
            }
        }
    }

    [Fact]
    public void Every_module_is_used()
    {
        var used = Module().Matches(BicepFile.Of("main").Text).Select(match => match.Groups["file"].Value);
        Assert.Equal(BicepFile.All.Select(file => file.Name).Where(name => name != "main").Order(), used.Order());
    }

    [Fact]
    public void The_apps_settings_are_those_that_its_options_ask_for()
    {
        var settings = new Dictionary<string, string?>();
        foreach (var (file, phrase) in new[] { ("main", "tuning: {"), ("functions", "properties: union({") })
        {
            foreach (Match setting in Setting().Matches(BicepFile.Of(file).Block(phrase)))
            {
                settings[setting.Groups[1].Value.Replace("__", ":", StringComparison.Ordinal)] = Sample(setting.Groups[1].Value);
            }
        }

        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        var azure = configuration.GetSection(AzureOptions.Section).Get<AzureOptions>()!;
        var tuning = configuration.GetSection(TuningOptions.Section).Get<TuningOptions>()!;

        Assert.True(azure.IsConfigured);
        Assert.Empty(azure.Validate(new ValidationContext(azure)));
        Assert.Empty(tuning.Validate(new ValidationContext(tuning)));
        var known = typeof(AzureOptions).GetProperties().Select(property => property.Name).ToHashSet();
        Assert.All(settings.Keys.Where(key => key.StartsWith("Tuning:Azure:", StringComparison.Ordinal)), key => Assert.Contains(key.Split(':')[2], known));
        Assert.All(new[] { "AzureWebJobsStorage:accountName", "AzureWebJobsStorage:credential", "AzureWebJobsStorage:clientId", "AZURE_CLIENT_ID", "APPLICATIONINSIGHTS_CONNECTION_STRING" }, key => Assert.Contains(key, settings.Keys));

        static string Sample(string name) => name switch
        {
            _ when name.EndsWith("Subnet", StringComparison.Ordinal) => "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/trainers",
            "Tuning__Storage" => "https://account.blob.core.windows.net/",
            _ => "value",
        };
    }

    [Fact]
    public void Azd_its_hooks_and_the_template_agree_on_names()
    {
        var azd = File.ReadAllText(Path.Combine(Repository.Root, "azure.yaml"));
        var main = BicepFile.Of("main");
        Assert.Contains("services:\n  functions:", azd);
        Assert.Contains("'azd-service-name': 'functions'", main.Text);
        Assert.True(File.Exists(Path.Combine(Repository.Root, ServiceProject().Match(azd).Groups[1].Value)));
        foreach (Match hook in Hook().Matches(azd))
        {
            var script = File.ReadAllText(Path.Combine(Repository.Root, hook.Groups[1].Value));
            Assert.All(EnvironmentName().Matches(script), match => Assert.Contains(match.Groups[1].Value, main.Names("output")));
        }
    }

    [Fact]
    public void The_subscriptions_feed_blob_triggers_that_exist()
    {
        var hook = File.ReadAllText(Path.Combine(Repository.Root, "infra", "hooks", "subscribe-drops.sh"));
        var functions = typeof(DatasetDropped).Assembly.GetTypes().SelectMany(type => type.GetMethods())
            .Where(method => method.GetParameters().Any(parameter => parameter.GetCustomAttributes(typeof(BlobTriggerAttribute), inherit: false) is [BlobTriggerAttribute { Source: BlobTriggerSource.EventGrid }]))
            .Select(method => ((FunctionAttribute)method.GetCustomAttributes(typeof(FunctionAttribute), inherit: false).Single()).Name).Order();
        Assert.Equal(functions, Regex.Matches(hook, @"^subscribe \S+ (\w+)", RegexOptions.Multiline).Select(match => match.Groups[1].Value).Order());
    }

    [Fact]
    public void Every_role_that_is_named_or_defined_is_assigned()
    {
        foreach (var file in BicepFile.All)
        {
            var roles = Regex.Matches(file.Text, @"^var (\w+) = '[0-9a-f]{8}-[0-9a-f-]{27}'", RegexOptions.Multiline).Select(match => match.Groups[1].Value)
                .Concat(Regex.Matches(file.Text, @"^resource (\w+) 'Microsoft.Authorization/roleDefinitions", RegexOptions.Multiline).Select(match => match.Groups[1].Value + ".id"));
            Assert.All(roles, role => Assert.True(Regex.Count(file.Text, $@"\b{Regex.Escape(role)}\b") > (role.EndsWith(".id", StringComparison.Ordinal) ? 0 : 1), $"{file.Name}: {role} is not assigned"));
        }
    }

    [Fact]
    public void The_machines_own_identity_may_only_delete_and_deallocate_and_only_among_the_trainers()
    {
        var ender = BicepFile.Of("trainers").Block("resource ender ");
        var actions = Regex.Matches(ender, @"'(Microsoft\.(?:Compute|Network)/[^']+)'").Select(match => match.Groups[1].Value);
        Assert.All(actions, action => Assert.Matches(@"/(delete|deallocate/action)$", action));
        Assert.Contains("assignableScopes: [resourceGroup().id]", ender);
        Assert.DoesNotContain("*", BicepFile.Of("trainers").Block("resource operator "));
        Assert.Contains("scope: trainerGroup", BicepFile.Of("main").Block("module trainers "));
    }

    [Fact]
    public void The_trainers_subnet_lets_nobody_in()
    {
        var network = BicepFile.Of("network").Text;
        Assert.Matches(@"name: 'no-inbound'\s+properties: \{\s+priority: 100\s+direction: 'Inbound'\s+access: 'Deny'\s+protocol: '\*'", network);
        Assert.Single(Regex.Matches(network, "direction: 'Inbound'"));
        Assert.Contains("defaultOutboundAccess: false", network);
    }

    [GeneratedRegex(@"^module (?<symbol>\w+) 'modules/(?<file>\w+)\.bicep'", RegexOptions.Multiline)]
    private static partial Regex Module();

    [GeneratedRegex(@"(\w+): ")]
    private static partial Regex Argument();

    [GeneratedRegex(@"^\s+(\w+): ", RegexOptions.Multiline)]
    private static partial Regex Setting();

    [GeneratedRegex(@"project: \./(\S+)")]
    private static partial Regex ServiceProject();

    [GeneratedRegex(@"run: sh (infra/hooks/\S+)")]
    private static partial Regex Hook();

    [GeneratedRegex(@"\$\{?((?:AZURE|TRAINER)_\w+)")]
    private static partial Regex EnvironmentName();
}
