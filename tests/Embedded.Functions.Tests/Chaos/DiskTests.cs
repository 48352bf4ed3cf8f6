using System.Net;

namespace ServerlessTuning.Embedded.Functions.Tests.Chaos;

public sealed class DiskTests
{
    /// <summary>A limit on the size of files stands for a full disk: the system refuses the write either way.</summary>
    /// <remarks>Without the W^X mapping, whose memory counts as a file here; and the signal ignored, so that the write fails instead of the process.</remarks>
    private const string SmallDisk = "trap '' XFSZ; export DOTNET_EnableWriteXorExecute=0; ulimit -f 600";

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
