using System.Diagnostics;
using System.Text.RegularExpressions;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Compute;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Functions.Tests.Compute;

/// <summary>boot.sh, run by bash as a machine's first boot would, with programs of its own in front of Docker, driver and network, and with a folder for its disk.</summary>
public sealed class BootScriptTests : IDisposable
{
    private const string Machine = "/subscriptions/s/resourceGroups/trainers/providers/Microsoft.Compute/virtualMachines/tuning-1";
    private static readonly string Stubs = Path.Combine(Repository.Root, "tests", "Functions.Tests", "Compute", "stubs");
    private readonly string folder = Repository.NewFolder();

    public BootScriptTests()
    {
        foreach (var part in new[] { "blobs", "var/log", "run", "mnt" })
        {
            Directory.CreateDirectory(Path.Combine(folder, part));
        }
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_trainer_that_ends_well_leaves_its_output_and_the_machine_deletes_itself()
    {
        await Boot(new() { ["exit_code"] = "0" });

        Assert.Equal(["boot.txt", "container.txt"], Blobs);
        Assert.Contains("what the trainer said", Blob("container.txt"));
        var start = Assert.Single(Calls, call => call.StartsWith("docker run", StringComparison.Ordinal));
        Assert.All(["--gpus all", "--read-only", "--cap-drop ALL", "--security-opt no-new-privileges", $"-e Tuning__Machine={Machine}", "registry.azurecr.io/trainer:1 run verses-1/attempts/1/order.json"], part => Assert.Contains(part, start));
        Assert.Equal(3, Calls.Count(call => call == "nvidia-smi -L")); // a driver may take a moment
        Assert.Contains($"-X DELETE -H Authorization: Bearer canary-access https://management.azure.com{Machine}?api-version=2024-07-01&forceDeletion=true", Deletions[0]);
    }

    [Fact]
    public async Task A_machine_that_cannot_delete_itself_tries_five_times_and_switches_itself_off()
    {
        await Boot(new() { ["exit_code"] = "0" });

        Assert.Equal(5, Deletions.Length);
        Assert.Equal("poweroff ", Calls[^1]);
    }

    [Fact]
    public async Task A_driver_that_does_not_come_up_is_said_within_ten_minutes_and_nothing_is_pulled()
    {
        Assert.InRange(int.Parse(Regex.Match(Script(new()), @"^driver_seconds='(\d+)'$", RegexOptions.Multiline).Groups[1].Value), 60, 600);

        await Boot(new() { ["no_driver"] = "1" }, script => Regex.Replace(script, "driver_seconds='.*'", "driver_seconds='1'"));

        AssertLastWord(ExitCodes.NoDriver, "GPU driver did not come up within 1 s", "Tuning:Azure:MachineImage");
        Assert.DoesNotContain(Calls, call => call.StartsWith("docker", StringComparison.Ordinal));
        Assert.NotEmpty(Deletions);
    }

    [Fact]
    public async Task An_image_that_cannot_be_pulled_is_asked_for_five_times_and_named()
    {
        await Boot(new() { ["pull_fails"] = "1" });

        Assert.Equal(5, Calls.Count(call => call == "docker pull -q registry.azurecr.io/trainer:1"));
        AssertLastWord(ExitCodes.NoImage, "registry.azurecr.io/trainer:1 could not be pulled", "AcrPull");
        Assert.DoesNotContain(Calls, call => call.StartsWith("docker run", StringComparison.Ordinal));
        Assert.NotEmpty(Deletions);
    }

    [Theory]
    [InlineData("Preempt")]
    [InlineData("Terminate")]
    public async Task A_notice_that_Azure_takes_the_machine_away_stops_the_trainer_whose_own_last_word_counts(string type)
    {
        File.WriteAllText(Path.Combine(folder, "events"), $$"""{"DocumentIncarnation":2,"Events":[{"EventId":"1","EventType":"{{type}}","ResourceType":"VirtualMachine","Resources":["tuning-1"],"EventStatus":"Scheduled","NotBefore":""}]}""");

        await Boot(new() { ["keep_seconds"] = "7200" });

        Assert.Contains("docker stop -t 25 trainer", Calls);
        Assert.Contains("received SIGTERM", Blob("done.json"));
        Assert.Contains("exit code 30", Blob("boot.txt"));
        Assert.Contains("sleep 600", Calls); // what was interrupted did not fail: it is not kept
        Assert.NotEmpty(Deletions);
    }

    [Fact]
    public async Task An_event_that_takes_nothing_away_disturbs_nobody()
    {
        File.WriteAllText(Path.Combine(folder, "events"), """{"DocumentIncarnation":2,"Events":[{"EventId":"1","EventType":"Freeze","Resources":["tuning-1"],"EventStatus":"Scheduled"}]}""");

        await Boot([], script => Regex.Replace(script, "most_seconds='.*'", "most_seconds='1'"));

        Assert.DoesNotContain("docker stop -t 25 trainer", Calls);
    }

    [Fact]
    public async Task A_machine_that_everybody_forgot_stops_its_trainer_and_deletes_itself_when_its_time_is_over()
    {
        await Boot([], script => Regex.Replace(script, "most_seconds='.*'", "most_seconds='1'"));

        Assert.Contains("docker stop -t 60 trainer", Calls);
        Assert.NotEmpty(Deletions);
    }

    [Theory]
    [InlineData("1", "false", ExitCodes.Failed, "exit code 1 and no last word")]
    [InlineData("139", "false", ExitCodes.Failed, "exit code 139")]
    [InlineData("137", "true", ExitCodes.OutOfMemory, "memory ran out")]
    public async Task A_trainer_that_dies_without_a_word_gets_one_with_the_gpus_report(string exitCode, string outOfMemory, int said, string words)
    {
        await Boot(new() { ["exit_code"] = exitCode, ["out_of_memory"] = outOfMemory });

        Assert.Equal(["boot.txt", "container.txt", "done.json", "gpu.txt"], Blobs);
        AssertLastWord(said, words);
    }

    [Theory]
    [InlineData("1", "0", "86400", "sleep 600")]
    [InlineData("1", "7200", "86400", "sleep 7200")]
    [InlineData("1", "7200", "3000", "sleep 29[89]\\d|sleep 3000")] // no longer than the budget lasts
    [InlineData("0", "7200", "86400", "sleep 600")]
    public async Task Only_a_machine_that_failed_stays_as_long_as_the_setting_says(string exitCode, string keep, string most, string expected)
    {
        await Boot(new() { ["exit_code"] = exitCode }, script => Regex.Replace(Regex.Replace(script, "keep_seconds='.*'", $"keep_seconds='{keep}'"), "most_seconds='.*'", $"most_seconds='{most}'"));

        Assert.Contains(Calls, call => Regex.IsMatch(call, $"^({expected})$"));
    }

    [Fact]
    public async Task No_token_is_in_what_the_machine_says_or_leaves()
    {
        await Boot(new() { ["exit_code"] = "1" });

        Assert.All(Blobs, name => Assert.DoesNotContain("canary-", Blob(name)));
        Assert.DoesNotContain(Calls, call => call.Contains("canary-", StringComparison.Ordinal));
    }

    private IReadOnlyList<string> Calls => File.ReadAllLines(Path.Combine(folder, "calls"));

    private string[] Deletions => File.Exists(Path.Combine(folder, "deletions")) ? File.ReadAllLines(Path.Combine(folder, "deletions")) : [];

    private IReadOnlyList<string> Blobs => [.. Directory.GetFiles(Path.Combine(folder, "blobs")).Select(file => Path.GetFileName(file)!).Order()];

    private string Blob(string name) => File.ReadAllText(Path.Combine(folder, "blobs", name));

    private void AssertLastWord(int exitCode, params string[] words)
    {
        var done = System.Text.Json.JsonSerializer.Deserialize<TrainerDone>(Blob("done.json"), TuningJson.Options)!;
        Assert.Equal((1, exitCode), (done.Epoch, done.ExitCode));
        Assert.All(words, word => Assert.Contains(word, done.Error));
    }

    private async Task Boot(Dictionary<string, string> machine, Func<string, string>? change = null)
    {
        var file = Path.Combine(folder, "boot.sh");
        var script = Script(machine);
        await File.WriteAllTextAsync(file, change?.Invoke(script) ?? script);
        var start = new ProcessStartInfo("bash", [file]) { Environment = { ["PATH"] = $"{Stubs}:/usr/bin:/bin", ["machine_folder"] = folder } };
        foreach (var (name, value) in machine)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        finally
        {
            process.Kill(entireProcessTree: true); // nothing when it has ended
        }
    }

    /// <summary>As Azure is given it, with this test's folder for the machine's disk.</summary>
    private string Script(Dictionary<string, string> machine)
    {
        var settings = AzureCompute.Settings();
        settings.KeepOnError = TimeSpan.FromSeconds(machine.TryGetValue("keep_seconds", out var keep) ? int.Parse(keep) : 0);
        var script = BootScript.For("verses-1", 1, Machine, settings, "https://account.blob.core.windows.net/", TimeSpan.FromHours(8));
        return Regex.Replace(script, "(?<=[ @\"])/(var/log|run|mnt)/", $"{folder}/$1/");
    }
}
