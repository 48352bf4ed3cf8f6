using System.Net;
using System.Text;
using Azure.Storage;
using Azure.Storage.Sas;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Compute;

namespace ServerlessTuning.Functions.Tests.Compute;

/// <summary>
/// Runs that succeed, fail and are rejected, with marked texts and secrets; then everything is read that a person would send along when asking for help: what
/// the app logs, what the trainers say, and the logs and events that they leave in the storage.
/// </summary>
public sealed class SecretsTests(SecretsTests.KeyedApp app) : IClassFixture<SecretsTests.KeyedApp>
{
    private const string FunctionKey = "canary-function-key-0f3b", Text = "xylophone-canary";

    private static readonly object Request = new
    {
        hyperparameters = new { maxSteps = 4, contextLength = 128, batchTokens = 512 },
        gate = new { minimumImprovement = -10 },
        prompts = new[] { $"{Text}, please" },
    };

    [Fact]
    public async Task No_secret_and_no_text_of_a_dataset_is_in_any_log()
    {
        var signature = Signature();
        var trainer = new RealTrainer(Signed(signature));
        app.Azure.Work = trainer.Work;
        await app.Drop("secret", "tuning.json", """{ "base": "not-there" }""");
        await app.Drop("secret", "train.jsonl", string.Concat(Enumerable.Range(0, 60).Select(i => Line($"{Text} {i}", $"It is {Text} {i}."))));
        await app.Ended("secret", 1);
        await app.Drop("spoiled", "train.jsonl", Line(Text, Text) + $$"""{"messages":[{"role":"{{Text}}","content":"{{Text}}"}]}""" + $"\n{{\"{Text}\":\n");
        using var refused = await app.Http.PostAsync("runs", new StringContent($$"""{ "dataset": "secret", "{{Text}}": "{{Text}}" }""", Encoding.UTF8, "application/json"));
        using var byUrl = await app.Http.GetAsync(new Uri($"runs?code={FunctionKey}", UriKind.Relative));

        var tuned = await Ended((await app.Post("secret", Request)).Id);
        app.Azure.Work = async machine =>
        {
            await SpoilHeldOut(machine.Tag(MachineTags.Run)!);
            await trainer.Work(machine);
        };
        var failed = await Ended((await app.Post("secret", Request)).Id);
        var rejected = (await app.Ended("spoiled", 1))[0];

        Assert.Equal((Outcome.Published, Outcome.Rejected, Outcome.Rejected), (tuned.Result!.Outcome, failed.Result!.Outcome, rejected.Result!.Outcome));
        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.OK), (refused.StatusCode, byUrl.StatusCode));
        IsSilent([.. app.Log.Lines.Select(line => ("app", line)), .. trainer.Said.Select(line => ("trainer", line)), .. await Kept()],
            [Text, FunctionKey, signature, Uri.UnescapeDataString(signature), Secret("AccountKey"), "AccountKey=", "SharedAccessSignature=", "sig=", "Bearer "]);
    }

    private static void IsSilent(IReadOnlyList<(string Where, string Line)> lines, string[] secrets)
    {
        Assert.All(new[] { "app", "trainer", "log.txt", "events.jsonl" }, where => Assert.True(lines.Count(line => line.Where == where) > 5, $"there is too little from {where} to prove anything"));
        Assert.All(secrets, secret => Assert.DoesNotContain(lines, line => line.Line.Contains(secret, StringComparison.OrdinalIgnoreCase)));
    }

    private async Task<List<(string Where, string Line)>> Kept()
    {
        var runs = app.Blobs.GetBlobContainerClient(BlobPaths.Runs);
        List<(string, string)> lines = [];
        await foreach (var blob in runs.GetBlobsAsync())
        {
            if (Path.GetFileName(blob.Name) is "log.txt" or "events.jsonl" or "heartbeat.json" or "done.json" or "machine.json")
            {
                var text = (await runs.GetBlobClient(blob.Name).DownloadContentAsync()).Value.Content.ToString();
                lines.AddRange(text.Split('\n').Select(line => (Path.GetFileName(blob.Name), line)));
            }
        }

        return lines;
    }

    /// <summary>Half a line of the examples that the trainer is to answer: it fails while it reads them.</summary>
    private async Task SpoilHeldOut(string run)
    {
        var runs = app.Blobs.GetBlobContainerClient(BlobPaths.Runs);
        await foreach (var blob in runs.GetBlobsAsync(prefix: BlobPaths.Dataset(run)))
        {
            if (blob.Name.EndsWith(".jsonl", StringComparison.Ordinal))
            {
                await runs.GetBlobClient(blob.Name).UploadAsync(BinaryData.FromString($"{{\"display\":\"{Text}\",\"prompt\":{Text}"), overwrite: true);
            }
        }
    }

    private static string Line(string question, string answer) =>
        $$"""{"messages":[{"role":"user","content":"{{question}}"},{"role":"assistant","content":"{{answer}}"}]}""" + "\n";

    /// <summary>A signature for everything in the account, for an hour.</summary>
    private string Signature() => new AccountSasBuilder(AccountSasPermissions.All, TimeProvider.System.GetUtcNow().AddHours(1), AccountSasServices.Blobs, AccountSasResourceTypes.All)
        .ToSasQueryParameters(new StorageSharedKeyCredential(Secret("AccountName"), Secret("AccountKey"))).ToString();

    private string Signed(string signature) => $"BlobEndpoint={Secret("BlobEndpoint")};SharedAccessSignature={signature}";

    private string Secret(string name) => app.Connection.Split(';').Single(part => part.StartsWith(name + "=", StringComparison.Ordinal))[(name.Length + 1)..];

    private async Task<RunView> Ended(string id)
    {
        RunView? run = null;
        await RunningApp.Until(async () => (run = await app.Get(id)).Result is not null, () => $"{run}");
        return run!;
    }

    public sealed class KeyedApp : AzureApp
    {
        public override async Task InitializeAsync()
        {
            await base.InitializeAsync();
            Http.DefaultRequestHeaders.Add("x-functions-key", FunctionKey);
        }

        protected override void Configure(WebApplicationBuilder builder)
        {
            base.Configure(builder);
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["Embedded:FunctionKey"] = FunctionKey });
        }
    }
}
