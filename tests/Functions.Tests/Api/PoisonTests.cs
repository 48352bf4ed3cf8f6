using System.Text;
using Azure.Storage;
using Azure.Storage.Sas;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Registry;
using ServerlessTuning.Functions.Tests.Compute;
using ServerlessTuning.Functions.Triggers;

namespace ServerlessTuning.Functions.Tests.Api;

/// <summary>Blobs that the trigger gave up are said once and listed.</summary>
public sealed class PoisonTests(RunningApp app) : IClassFixture<RunningApp>
{
    [Fact]
    public async Task A_blob_that_was_given_up_is_an_error_in_the_log_once_and_stands_in_the_report()
    {
        var log = new LogCapture();
        await Look(log);
        Assert.Empty(log.Lines); // no queue: nothing was ever given up

        await Queue(HttpMethod.Put, "", null);
        var message = """{"Type":"BlobTrigger","FunctionId":"DatasetDropped","BlobType":"BlockBlob","ContainerName":"datasets","BlobName":"bad/train.jsonl","ETag":"0x1"}""";
        await Queue(HttpMethod.Post, "/messages", Convert.ToBase64String(Encoding.UTF8.GetBytes(message)));
        await Queue(HttpMethod.Post, "/messages", "not ours");
        await Look(log);
        await Look(log);

        Assert.Equal(2, log.Lines.Count);
        Assert.Single(log.Lines, line => line.Contains("datasets/bad/train.jsonl was given up: DatasetDropped failed on it", StringComparison.Ordinal));
        var report = await app.Services.GetRequiredService<RunStore>().ReadAsync<PoisonReport>(BlobPaths.Poison, default);
        Assert.Equal((2, "bad/train.jsonl", null), (report.Count, report.Oldest[0].Blob, report.Oldest[1].Blob));
    }

    private async Task Look(LogCapture log)
    {
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(log));
        await new ReportPoison(app.Services.GetRequiredService<PoisonQueue>(), app.Services.GetRequiredService<RunStore>(), loggers.CreateLogger<ReportPoison>()).Run(new TimerInfo(), default);
    }

    private async Task Queue(HttpMethod method, string path, string? text)
    {
        var parts = app.Services.GetRequiredService<IConfiguration>()["AzureWebJobsStorage"]!.Split(';').Select(part => part.Split('=', 2)).Where(part => part.Length == 2).ToDictionary(part => part[0], part => part[1]);
        var sas = new AccountSasBuilder(AccountSasPermissions.All, DateTimeOffset.UtcNow.AddMinutes(5), AccountSasServices.Queues, AccountSasResourceTypes.All)
            .ToSasQueryParameters(new StorageSharedKeyCredential(parts["AccountName"], parts["AccountKey"]));
        using var request = new HttpRequestMessage(method, $"{parts["QueueEndpoint"].TrimEnd('/')}/{PoisonQueue.Name}{path}?{sas}") { Headers = { { "x-ms-version", "2021-12-02" } } };
        request.Content = text is null ? null : new StringContent($"<QueueMessage><MessageText>{text}</MessageText></QueueMessage>", Encoding.UTF8, "application/xml");
        using var http = new HttpClient();
        (await http.SendAsync(request)).EnsureSuccessStatusCode();
    }
}
