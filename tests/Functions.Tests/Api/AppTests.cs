using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Api;

namespace ServerlessTuning.Functions.Tests.Api;

/// <summary>The app from outside: what is dropped, what is asked over HTTP, what is shown.</summary>
public sealed class AppTests(RunningApp app) : IClassFixture<RunningApp>
{
    [Fact]
    public async Task A_dropped_file_becomes_a_published_version_with_all_documents()
    {
        await app.Drop("verses", "train.jsonl", RunningApp.Chats(60));

        var run = Assert.Single(await app.Ended("verses", 1));

        Assert.True(run.Result!.Outcome == Outcome.Published, $"{run.Result}");
        Assert.Equal((1, "verses/versions/1/", 2.0, 1.0), (run.Result.Version, run.Result.Path, run.Result.Base!.Loss, run.Result.Tuned!.Loss));
        Assert.Equal(("verses", "Completed", "done"), (run.Dataset, run.RuntimeStatus, run.Status!.Stage));
        var names = app.Blobs.GetBlobContainerClient(BlobPaths.Runs).GetBlobs(prefix: run.Id).Select(blob => blob.Name[(run.Id.Length + 1)..]).ToHashSet();
        Assert.All(["request.json", "plan.json", "result.json", "events.jsonl", "attempts/1/order.json", "attempts/1/lease.json", "dataset/report.json"], name => Assert.Contains(name, names));
        Assert.Contains(run.Id, app.Trainers.Stopped);
    }

    [Fact]
    public async Task A_training_file_and_its_request_dropped_together_are_one_run_and_the_other_names_it()
    {
        await app.Drop("pair", "tuning.json", """{ "seed": 7 }""");
        await app.Drop("pair", "train.jsonl", RunningApp.Chats(60));

        var runs = await app.Ended("pair", 2);

        var published = Assert.Single(runs, run => run.Result!.Outcome == Outcome.Published);
        Assert.Equal(published.Id, runs.Single(run => run != published).SameAs);
    }

    [Fact]
    public async Task Two_runs_at_once_publish_two_versions()
    {
        var request = """{ "dataset": "DATASET", "model": "shared" }""";
        await app.Drop("left", "train.jsonl", RunningApp.Chats(60));
        await app.Drop("right", "train.jsonl", RunningApp.Chats(61));

        await Task.WhenAll(Post(request.Replace("DATASET", "left", StringComparison.Ordinal)), Post(request.Replace("DATASET", "right", StringComparison.Ordinal)));

        var runs = (await app.Ended("left", 2)).Concat(await app.Ended("right", 2));
        Assert.Equal([1, 2], runs.Where(run => run.Result!.Path!.StartsWith("shared/", StringComparison.Ordinal)).Select(run => run.Result!.Version!.Value).Order());
    }

    [Fact]
    public async Task A_posted_run_is_accepted_with_its_links_and_its_place()
    {
        await app.Drop("posted", "train.jsonl", RunningApp.Chats(60));

        using var answer = await Post("""{ "dataset": "posted", "seed": 9 }""");

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var run = (await answer.Content.ReadFromJsonAsync<RunView>(TuningJson.Options))!;
        Assert.EndsWith($"/runs/{run.Id}", answer.Headers.Location!.ToString());
        Assert.Equal(run.Id, (await app.Http.GetFromJsonAsync<RunView>(answer.Headers.Location, TuningJson.Options))!.Id);
        Assert.Contains("customStatus", await app.Http.GetStringAsync(run.Links!["statusQueryGetUri"]));
        Assert.All(["sendEventPostUri", "terminatePostUri", "suspendPostUri", "resumePostUri", "purgeHistoryDeleteUri", "cancelPostUri"], link => Assert.Contains(run.Id, run.Links[link]));
        Assert.Equal(2, (await app.Ended("posted", 2)).Count(ended => ended.Result!.Outcome == Outcome.Published));
    }

    [Fact]
    public async Task The_same_idempotency_key_is_the_same_run_and_another_request_under_it_is_refused()
    {
        await app.Drop("keyed", "train.jsonl", RunningApp.Chats(60));

        var ids = new[] { await PostedId("""{ "dataset": "keyed" }""", "k1"), await PostedId("""{ "dataset": "keyed" }""", "k1"), await PostedId("""{ "dataset": "keyed" }""", "k2") };

        Assert.Equal(ids[0], ids[1]);
        Assert.NotEqual(ids[0], ids[2]);
        using var other = await Post("""{ "dataset": "keyed", "seed": 1 }""", "k1");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, other.StatusCode);
    }

    [Theory]
    [InlineData("""{ "dataset": "x", "sede": 1, "method": { "rank": 0 } }""", HttpStatusCode.BadRequest, "Did you mean \"seed\"?", 2)]
    [InlineData("""{ "seed": 1 }""", HttpStatusCode.BadRequest, "the name of a folder in the container datasets", 1)]
    [InlineData("""{ "dataset": """, HttpStatusCode.BadRequest, "not JSON", 1)]
    [InlineData("""{ "dataset": "nowhere" }""", HttpStatusCode.NotFound, "There is no training file datasets/nowhere/train.*", 0)]
    public async Task A_bad_request_is_refused_with_all_its_problems(string body, HttpStatusCode code, string says, int problems)
    {
        using var answer = await Post(body);

        Assert.Equal(code, answer.StatusCode);
        var error = (await answer.Content.ReadFromJsonAsync<ApiError>(TuningJson.Options))!;
        Assert.Contains(says, $"{error.Message} {string.Join(' ', error.Problems ?? [])}");
        Assert.Equal(problems, error.Problems?.Count ?? 0);
    }

    [Fact]
    public async Task A_bad_dropped_request_ends_as_rejected_with_the_field_named()
    {
        await app.Drop("badrequest", "train.jsonl", RunningApp.Chats(60));
        await app.Drop("badrequest", "tuning.json", """{ "hyperparameters": { "learningRate": "fast" } }""");

        var runs = await app.Ended("badrequest", 2);

        Assert.All(runs, run => Assert.Equal((Outcome.Rejected, "hyperparameters.learningRate"), (run.Result!.Outcome, run.Result.Problems!.Single().Field)));
    }

    [Fact]
    public async Task A_missing_base_ends_as_rejected_and_a_worse_model_as_not_published()
    {
        await app.Drop("nobase", "train.jsonl", RunningApp.Chats(60));
        await app.Drop("worse", "train.jsonl", RunningApp.Chats(60));
        await Post("""{ "dataset": "nobase", "base": "absent" }""");

        Assert.Single(await app.Ended("nobase", 2), run => run.Result!.Outcome == Outcome.Rejected && run.Result.Problems!.Single().File == "models/absent/base/");
        Assert.Equal(Outcome.NotPublished, Assert.Single(await app.Ended("worse", 1)).Result!.Outcome);
    }

    [Fact]
    public async Task An_evicted_trainer_is_followed_by_another_one()
    {
        await app.Drop("evicted", "train.jsonl", RunningApp.Chats(60));

        var run = Assert.Single(await app.Ended("evicted", 1));

        Assert.Equal(Outcome.Published, run.Result!.Outcome);
        Assert.Equal([1, 2], app.Trainers.Started.Where(start => start.Run == run.Id).Select(start => start.Attempt).Order());
    }

    [Fact]
    public async Task A_run_shows_its_progress_and_a_cancelled_one_gives_its_trainer_back()
    {
        await app.Drop("hang", "train.jsonl", RunningApp.Chats(60));
        RunView? run = null;
        await RunningApp.Until(async () => (run = (await app.Runs("hang")).SingleOrDefault())?.Status?.Stage == "train", () => $"{run}");
        Assert.Equal((5, 10, 2.5, 30), (run!.Status!.Step, run.Status.TotalSteps, run.Status.Loss, run.Status.SecondsLeft));
        var status = await app.Http.GetFromJsonAsync<JsonObject>((await app.Get(run.Id)).Links!["statusQueryGetUri"]);
        Assert.Equal("train", status!["customStatus"]!["stage"]!.GetValue<string>());

        using var answer = await app.Http.PostAsync($"runs/{run.Id}/cancel", new StringContent("""{ "reason": "wrong file" }""", Encoding.UTF8, "application/json"));

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var ended = Assert.Single(await app.Ended("hang", 1));
        Assert.Equal((Outcome.Cancelled, "Cancelled: wrong file"), (ended.Result!.Outcome, ended.Result.Reason));
        Assert.Contains(run.Id, app.Trainers.Stopped);
        Assert.Equal(HttpStatusCode.Gone, (await app.Http.PostAsync($"runs/{run.Id}/cancel", null)).StatusCode);
    }

    [Fact]
    public async Task An_unknown_run_is_not_found_and_nothing_but_runs_is_shown()
    {
        Assert.Equal(HttpStatusCode.NotFound, (await app.Http.GetAsync("runs/nothing")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await app.Http.PostAsync("runs/nothing/cancel", null)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await app.Http.GetAsync("runs?limit=0")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await app.Http.GetAsync("runs?continuation=x")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await app.Http.GetAsync("health")).StatusCode);
    }

    [Fact]
    public async Task Runs_are_listed_newest_first_and_page_by_page()
    {
        await app.Drop("paged", "train.jsonl", RunningApp.Chats(60));
        for (var i = 0; i < 3; i++)
        {
            await Post($$"""{ "dataset": "paged", "base": "absent", "seed": {{i}} }""");
        }

        var all = await app.Ended("paged", 4);

        List<RunView> seen = [];
        string? continuation = "";
        while (continuation is not null)
        {
            var page = (await app.Http.GetFromJsonAsync<RunList>($"runs?dataset=paged&limit=3&continuation={Uri.EscapeDataString(continuation)}", TuningJson.Options))!;
            seen.AddRange(page.Runs);
            continuation = page.Continuation;
        }

        Assert.Equal(all.Select(run => run.Id), seen.Select(run => run.Id));
        Assert.Equal(seen.OrderByDescending(run => run.CreatedAt).Select(run => run.Id), seen.Select(run => run.Id));
    }

    private async Task<string> PostedId(string body, string key)
    {
        using var answer = await Post(body, key);
        return (await answer.Content.ReadFromJsonAsync<RunView>(TuningJson.Options))!.Id;
    }

    private async Task<HttpResponseMessage> Post(string body, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "runs") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        return await app.Http.SendAsync(request);
    }
}
