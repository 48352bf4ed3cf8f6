using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using ServerlessTuning.Functions.Compute;
using ServerlessTuning.Functions.Options;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Infra.Tests;

/// <summary>The templates themselves.</summary>
public sealed partial class InfraTests
{
    /// <summary>
    /// What was looked up in the types that Bicep's compiler uses (github.com/Azure/bicep-types-az, commit 1f896de2d): each type with its version, and which of its
    /// properties exist there and may be set; those with ! must be, where the object around them is. Whoever adds to the list says by it that it was looked up.
    /// </summary>
    private static readonly Dictionary<string, string[]> Reviewed = File.ReadLines(Path.Combine(Repository.Root, "tests", "Infra.Tests", "reviewed-properties.txt"))
        .Select(line => line.Split(": ")).ToDictionary(line => line[0], line => line[1].Split(' '));

    /// <summary>Names of ids that Azure gave its built-in roles and policies; looked up in github.com/Azure/bicep-registry-modules and github.com/Azure/azure-policy.</summary>
    private static readonly Dictionary<string, string> BuiltIn = new()
    {
        ["acrPull"] = "7f951dda-4ed3-4680-a7ca-43fe172d538d",
        ["blobDataContributor"] = "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
        ["blobDataOwner"] = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
        ["blobDataReader"] = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
        ["keyVaultSecretsUser"] = "4633458b-17de-408a-b874-0445c86b69e6",
        ["managedIdentityOperator"] = "f1a07417-d97a-45cb-824c-7a7467783830",
        ["monitoringMetricsPublisher"] = "3913510d-42f4-4e42-8a64-420c390055eb",
        ["notAllowedTypes"] = "6c112d4e-5bc7-47ae-a041-ea2d9dccd749",
        ["queueDataContributor"] = "974c5e8b-45b9-4653-ba55-5f855dd0fb88",
        ["tableDataContributor"] = "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3",
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
    public void Every_resource_type_its_api_version_and_its_properties_are_reviewed(string name) => Assert.All(BicepFile.Of(name).Resources, resource =>
    {
        Assert.True(Reviewed.ContainsKey(resource.Type), $"{name}: {resource.Type} is not in reviewed-properties.txt. Look it up in the published types and add it.");
        var reviewed = Reviewed[resource.Type].Select(property => property.TrimEnd('!'));
        Assert.All(resource.Properties.Except(["dependsOn", "name", "parent", "scope"]), property => Assert.True(reviewed.Contains(property), $"{name}: {property} of {resource.Type} is not in reviewed-properties.txt."));
    });

    [Theory]
    [MemberData(nameof(Files))]
    public void No_property_is_missing_that_a_type_asks_for(string name)
    {
        foreach (var (type, properties) in BicepFile.Of(name).Resources.Where(resource => resource.Properties is not ["name"])) // only the name: a resource that exists
        {
            var asked = Reviewed[type].Where(property => property.EndsWith('!')).Select(property => property[..^1]).Where(property => !property.Contains('/') || properties.Contains(property[..property.LastIndexOf('/')]));
            Assert.Empty(asked.Except(properties));
        }
    }

    [Fact]
    public void Nothing_is_reviewed_that_is_not_used() =>
        Assert.Equal(BicepFile.All.SelectMany(file => file.Resources).Select(resource => resource.Type).Distinct().Order(), Reviewed.Keys.Order());

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
    public void Every_parameter_and_variable_is_used_and_every_name_that_is_used_is_declared(string name)
    {
        var file = BicepFile.Of(name);
        Assert.Empty(file.Names("param").Concat(file.Names("var")).Except(file.Used));
        Assert.Empty(file.Used.Except(new[] { "param", "var", "resource", "module" }.SelectMany(file.Names)).Except(file.LoopNames));
        Assert.All(new[] { "{}", "[]", "()" }, pair => Assert.Equal(file.Code.Count(c => c == pair[0]), file.Code.Count(c => c == pair[1])));
    }

    [Fact]
    public void Main_gives_every_module_what_it_asks_for_and_nothing_else_and_reads_only_outputs_that_exist()
    {
        var main = BicepFile.Of("main");
        foreach (Match module in Module().Matches(main.Text))
        {
            var file = BicepFile.Of(module.Groups["file"].Value);
            var block = main.Block($"module {module.Groups["symbol"].Value} ");
            var given = BicepFile.Keys(BicepFile.Braces(block, block.IndexOf("params:", StringComparison.Ordinal)));
            Assert.Empty(given.Except(file.Names("param")));
            Assert.Empty(file.Required.Except(given));
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
    public void Every_built_in_id_is_that_of_its_name()
    {
        var named = BicepFile.All.SelectMany(file => Regex.Matches(file.Text, @"^var (\w+) = '([0-9a-f]{8}-[0-9a-f-]{27})'", RegexOptions.Multiline)).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value);
        Assert.Equal(BuiltIn.OrderBy(pair => pair.Key), named.OrderBy(pair => pair.Key));
        Assert.All(BicepFile.All, file => Assert.Equal(Regex.Count(file.Text, @"[0-9a-f]{8}-[0-9a-f]{4}-"), Regex.Count(file.Text, @"^var \w+ = '[0-9a-f]{8}-", RegexOptions.Multiline)));
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

    [GeneratedRegex(@"^\s+(\w+): ", RegexOptions.Multiline)]
    private static partial Regex Setting();
}
