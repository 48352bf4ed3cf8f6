using System.Text.RegularExpressions;
using Microsoft.Azure.Functions.Worker;
using ServerlessTuning.Functions.Compute;
using ServerlessTuning.Functions.Triggers;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Infra.Tests;

/// <summary>What stands around the templates: azd's file, the parameters, the hooks and the guides.</summary>
public sealed partial class AzdTests
{
    [Fact]
    public void The_parameter_file_gives_parameters_that_exist_and_the_guide_names_what_it_reads()
    {
        var (file, main) = (File.ReadAllText(Path.Combine(Repository.Root, "infra", "main.bicepparam")), BicepFile.Of("main"));
        var given = Regex.Matches(file, @"^param (\w+) = ", RegexOptions.Multiline).Select(match => match.Groups[1].Value).ToHashSet();
        Assert.StartsWith("using './main.bicep'", file);
        Assert.Empty(given.Except(main.Names("param")));
        Assert.Empty(main.Required.Except(given));

        var read = Regex.Matches(file, @"readEnvironmentVariable\('(\w+)', '").Select(match => match.Groups[1].Value).ToHashSet();
        Assert.Equal(Regex.Count(file, "readEnvironmentVariable"), Regex.Count(file, @"readEnvironmentVariable\('\w+', '")); // without a default the file would not compile where the variable is missing
        var guide = File.ReadAllText(Path.Combine(Repository.Root, "docs", "deploy.md"));
        Assert.All(read.Except(["AZURE_ENV_NAME", "AZURE_PRINCIPAL_ID"]).Except(main.Names("output").Except(["TRAINER_TAG"])), variable => Assert.Contains($"`{variable}`", guide));
    }

    [Fact]
    public void A_budget_keeps_the_start_that_it_was_made_with()
    {
        // Azure: "Start date of budgets cannot be updated." azd hands an output to the next provisioning as a variable.
        Assert.Contains("TUNING_BUDGET_START", BicepFile.Of("main").Names("output"));
        Assert.Contains("param budgetStart = readEnvironmentVariable('TUNING_BUDGET_START', '')", File.ReadAllText(Path.Combine(Repository.Root, "infra", "main.bicepparam")));
        Assert.Contains("var budgetFrom = empty(budgetStart) ? thisMonth : budgetStart", BicepFile.Of("main").Text);
    }

    [Fact]
    public void Azd_its_hooks_and_the_template_agree_on_names()
    {
        var azd = File.ReadAllText(Path.Combine(Repository.Root, "azure.yaml"));
        var main = BicepFile.Of("main");
        Assert.Contains("services:\n  functions:", azd);
        Assert.Contains("'azd-service-name': 'functions'", main.Text);
        Assert.Single(Directory.EnumerateFiles(Path.Combine(Repository.Root, ServiceProject().Match(azd).Groups[1].Value), "*.*proj")); // azd takes the one that is there
        Assert.All(new[] { "preup", "preprovision" }, hook => Assert.Matches($@"\n  {hook}:\n    shell: sh\n    run: azd env set TuningStack Azure\n", azd));
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
        Assert.Equal(BlobTriggers(fedByEvents: true), Regex.Matches(hook, @"^subscribe \S+ (\w+)", RegexOptions.Multiline).Select(match => match.Groups[1].Value).Order());
    }

    [Fact]
    public void The_blob_triggers_that_scan_are_switched_off_and_nothing_is_set_that_flex_consumption_refuses()
    {
        var app = BicepFile.Of("functions").Text;
        Assert.Equal(BlobTriggers(fedByEvents: false), Regex.Matches(app, @"'AzureWebJobs\.(\w+)\.Disabled': 'true'").Select(match => match.Groups[1].Value).Order());
        Assert.DoesNotMatch(@"FUNCTIONS_WORKER_RUNTIME|FUNCTIONS_EXTENSION_VERSION|WEBSITE_|ENABLE_ORYX|SCM_DO_BUILD|ftpsState|linuxFxVersion|AzureWebJobsStorage:", app);
    }

    [Fact]
    public void The_guide_to_quotas_names_the_sizes_that_are_asked_for() =>
        Assert.Equal(
            PriceTable.Default.Sizes.Select(size => $"{size.Name} {size.GpuMemoryGiB} GiB {(size.Bfloat16 ? "yes" : "no")}"),
            Regex.Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", "operations.md")), @"^\| (Standard_\w+) \| [^|]+ \| (\d+ GiB) \| (\w+) \|", RegexOptions.Multiline).Select(match => $"{match.Groups[1]} {match.Groups[2]} {match.Groups[3]}"));

    private static IEnumerable<string> BlobTriggers(bool fedByEvents) => typeof(DatasetDropped).Assembly.GetTypes().SelectMany(type => type.GetMethods())
        .Where(method => method.GetParameters().Any(parameter => parameter.GetCustomAttributes(typeof(BlobTriggerAttribute), inherit: false) is [BlobTriggerAttribute trigger] && trigger.Source == BlobTriggerSource.EventGrid == fedByEvents))
        .Select(method => ((FunctionAttribute)method.GetCustomAttributes(typeof(FunctionAttribute), inherit: false).Single()).Name).Order();

    [GeneratedRegex(@"project: \./(\S+)")]
    private static partial Regex ServiceProject();

    [GeneratedRegex(@"run: sh (infra/hooks/\S+)")]
    private static partial Regex Hook();

    [GeneratedRegex(@"\$\{?((?:AZURE|TRAINER)_\w+)")]
    private static partial Regex EnvironmentName();
}
