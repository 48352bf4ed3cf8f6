using System.Net;

namespace ServerlessTuning.Embedded.Functions.Tests.Chaos;

public sealed class DiskTests
{
    /// <summary>A limit on the size of files stands for a full disk: the system refuses the write either way.</summary>
    /// <remarks>Without the W^X mapping, whose memory counts as a file here; and the signal ignored, so that the write fails instead of the process.</remarks>
    private const string AnyDisk = "trap '' XFSZ; export DOTNET_EnableWriteXorExecute=0", SmallDisk = AnyDisk + "; ulimit -f 600";

    [Fact]
    public async Task A_full_disk_refuses_new_work_aloud_and_loses_none_that_it_took()
    {
        using var run = new ChaosRun(ofEachShape: 0, events: 0);
        var taken = new List<string>();
        await using (var host = run.Host(SmallDisk))
        {
            using var http = await host.Answers(run.Port);
            var refused = 0;
            for (var i = 0; i < 400 && refused < 3; i++)
            {
                using var answer = await Start(http, $"Chain-{i}");
                if (answer?.StatusCode == HttpStatusCode.Accepted)
                {
                    taken.Add($"Chain-{i}");
                }
                else
                {
                    refused++;
                }
            }

            Assert.True(refused >= 3, $"the disk was never full after {taken.Count} starts");
            await host.Kill();
        }

        await using var roomy = run.Host();
        using var client = await roomy.Answers(run.Port);
        await run.Finish(client);
        foreach (var id in taken)
        {
            var state = await client.GetStringAsync($"runtime/webhooks/durabletask/instances/{id}");
            Assert.Contains("\"runtimeStatus\":\"Completed\"", state);
        }

        Assert.Equal(0, await roomy.Terminate());
        run.CheckDatabase();
    }

    [Fact]
    public async Task Files_that_cannot_be_written_any_more_refuse_work_with_words_and_are_used_again_once_they_can()
    {
        using var run = new ChaosRun(ofEachShape: 0, events: 0);
        await using var host = run.Host(AnyDisk);
        using var http = await host.Answers(run.Port);
        using var first = await http.PostAsync("runtime/webhooks/durabletask/orchestrators/Naps/Naps-0", null);
        Assert.Equal(HttpStatusCode.Accepted, first.StatusCode);

        while (!(await http.GetStringAsync("runtime/webhooks/durabletask/instances/Naps-0")).Contains("Running", StringComparison.Ordinal))
        {
            await Task.Delay(20);
        }

        await host.LimitFiles("0"); // no root needed, and it holds for files that are open, which no right does
        using var refused = await http.PostAsync("runtime/webhooks/durabletask/orchestrators/Chain/Chain-0", null);
        Assert.Equal(HttpStatusCode.InternalServerError, refused.StatusCode);
        Assert.Contains("durable.db cannot be written", await refused.Content.ReadAsStringAsync());
        Assert.Contains("Running", await http.GetStringAsync("runtime/webhooks/durabletask/instances/Naps-0")); // who only reads is answered

        await host.LimitFiles("unlimited");
        using var taken = await http.PostAsync("runtime/webhooks/durabletask/orchestrators/Chain/Chain-1", null);
        Assert.Equal(HttpStatusCode.Accepted, taken.StatusCode);
        await run.Finish(http);
        Assert.Contains("Completed", await http.GetStringAsync("runtime/webhooks/durabletask/instances/Naps-0"));
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("runtime/webhooks/durabletask/instances/Chain-0")).StatusCode);
        Assert.Equal(0, await host.Terminate());
        run.CheckDatabase();
    }

    /// <summary>With an input that fills a disk soon.</summary>
    private static async Task<HttpResponseMessage?> Start(HttpClient http, string id)
    {
        try
        {
            return await http.PostAsync($"runtime/webhooks/durabletask/orchestrators/Chain/{id}", new StringContent($"\"{new string('x', 4000)}\""));
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }
}
