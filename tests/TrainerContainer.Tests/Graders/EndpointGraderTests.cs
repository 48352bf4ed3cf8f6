using System.Diagnostics;
using System.Text.Json;
using ServerlessTuning.Contracts.Graders;
using ServerlessTuning.Trainer.Graders;

namespace ServerlessTuning.Trainer.Tests.Graders;

/// <summary>Against a real web service on this machine; waits between attempts pass at once.</summary>
public sealed class EndpointGraderTests
{
    [Theory]
    [InlineData("""{"reward":0.25}""", 0.25)]
    [InlineData("""{"score":-3,"why":"because"}""", -3)]
    public async Task The_service_decides(string reply, double reward)
    {
        using var service = new LoopbackService(reply);

        Assert.Equal(reward, await Given.Reward(Grader(service), """{"x":"ü"}""", new { question = "?" }));

        Assert.Equal("""{"sample":{"output_text":"{\"x\":\"ü\"}","output_json":{"x":"ü"}},"item":{"question":"?"}}""", JsonSerializer.Serialize(JsonElement.Parse(service.LastBody!), Contracts.TuningJson.Options));
    }

    [Fact]
    public async Task An_answer_that_is_no_JSON_goes_as_text_alone()
    {
        using var service = new LoopbackService("""{"reward":1}""");

        await Given.Reward(Grader(service), "plain");

        Assert.Equal(JsonValueKind.Null, JsonElement.Parse(service.LastBody!).GetProperty("sample").GetProperty("output_json").ValueKind);
    }

    [Fact]
    public async Task A_secret_comes_from_the_environment()
    {
        using var service = new LoopbackService("""{"reward":1}""");
        var resources = Resources with { Environment = name => name == "GRADER_TOKEN" ? "s3cret" : null };

        await Given.Reward(Grader(service, ""","headers":{"Authorization":"Bearer ${GRADER_TOKEN}"}""", resources), "x");

        Assert.Equal("Bearer s3cret", service.LastSecret);
    }

    [Fact]
    public void A_secret_that_is_not_set_is_an_error_before_anything_is_graded()
    {
        using var service = new LoopbackService("{}");

        var error = Assert.Throws<GraderException>(() => Grader(service, ""","headers":{"Authorization":"${GRADER_TOKEN}"}"""));

        Assert.Contains("no usable environment variable GRADER_TOKEN", error.Message);
    }

    [Fact]
    public async Task A_service_that_recovers_is_asked_again()
    {
        using var service = new LoopbackService((number, response) =>
        {
            response.StatusCode = number < 3 ? 503 : 200;
            return Task.FromResult("""{"reward":1}""");
        });

        Assert.Equal(1, await Given.Reward(Grader(service), "x"));
        Assert.Equal(3, service.Asked);
    }

    [Theory]
    [InlineData(500, "", 3, "status 500")]
    [InlineData(429, "", 3, "status 429")]
    [InlineData(401, "", 1, "status 401")]
    [InlineData(302, "", 1, "status 302")]
    [InlineData(200, "not json", 1, "a reply that is not JSON")]
    [InlineData(200, "{\"reward\":\"1\"}", 1, "a reply without a finite number \"reward\"")]
    [InlineData(200, "{\"reward\":1e999}", 1, "a reply without a finite number \"reward\"")]
    [InlineData(200, "[]", 1, "a reply without a finite number \"reward\"")]
    public async Task A_service_that_fails_is_named_with_what_it_said_and_how_often_it_was_asked(int status, string body, int attempts, string says)
    {
        using var service = new LoopbackService(body, status);

        var error = await Assert.ThrowsAsync<GraderException>(() => Given.Reward(Given.Grader($$"""{"type":"endpoint","name":"e","url":"{{service.Url}}?code=key"}""", Resources), "x"));

        Assert.StartsWith($"Grader \"e\": found {says} from {service.Url} in attempt {attempts} of 3, expected", error.Message);
        Assert.Equal((attempts, attempts == 3), (service.Asked, error.MayPass));
    }

    [Fact]
    public async Task A_service_that_hangs_is_given_up_after_three_time_limits()
    {
        var never = new TaskCompletionSource<string>();
        using var service = new LoopbackService((_, _) => never.Task);
        var clock = Stopwatch.StartNew();

        var error = await Assert.ThrowsAsync<GraderException>(() => Given.Reward(Grader(service, ""","timeoutSeconds":0.2"""), "x"));

        Assert.Contains($"no reply within 0.2 s from {service.Url} in attempt 3 of 3", error.Message);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), $"took {clock.Elapsed}");
        never.SetResult("");
    }

    [Fact]
    public async Task A_service_that_is_not_there_is_named()
    {
        var service = new LoopbackService("");
        var grader = Grader(service);
        service.Dispose();

        var error = await Assert.ThrowsAsync<GraderException>(() => Given.Reward(grader, "x"));

        Assert.Contains("no connection (ConnectionError", error.Message);
        Assert.True(error.MayPass);
    }

    [Fact]
    public async Task A_reply_without_end_is_not_read_to_its_end()
    {
        using var service = new LoopbackService(new string(' ', 10_000_000));

        Assert.Contains("a reply of more than 65536 bytes", (await Assert.ThrowsAsync<GraderException>(() => Given.Reward(Grader(service), "x"))).Message);
    }

    [Fact]
    public async Task A_batch_asks_several_at_once_but_not_more_than_the_limit_and_keeps_the_order()
    {
        using var service = new LoopbackService(async (number, _) =>
        {
            await Task.Delay(50);
            return $$"""{"reward":{{number}}}""";
        });
        var echo = Given.Grader("""{"type":"regex","name":"r","pattern":"3"}""");

        await Grader(service).GradeAll([.. Enumerable.Range(0, 24).Select(i => Given.Answer($"{i}"))], default, atOnce: 4);
        var inOrder = await echo.GradeAll([.. Enumerable.Range(0, 6).Select(i => Given.Answer($"{i}"))], default);

        Assert.Equal(24, service.Asked);
        Assert.InRange(service.MostAtOnce, 2, 4);
        Assert.Equal([0, 0, 0, 1, 0, 0], inOrder.Select(graded => graded.Reward));
    }

    [Fact]
    public async Task Stopping_a_batch_does_not_wait_for_the_service()
    {
        var never = new TaskCompletionSource<string>();
        using var service = new LoopbackService((_, _) => never.Task);
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(0.3));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Grader(service).GradeAll([Given.Answer("x")], stop.Token));

        Assert.Equal(1, service.Asked);
        never.SetResult("");
    }

    private static GraderResources Resources { get; } = Given.Resources with { Clock = new ImpatientClock() };

    private static IGrader Grader(LoopbackService service, string more = "", GraderResources? resources = null) =>
        Given.Grader($$"""{"type":"endpoint","name":"e","url":"{{service.Url}}"{{more}}}""", resources ?? Resources);

    /// <summary>Waits of a second and more, which are those between attempts, take ten milliseconds; the time limit of an attempt stays (30 s, or what a test sets).</summary>
    private sealed class ImpatientClock : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime >= TimeSpan.FromSeconds(1) && dueTime < TimeSpan.FromSeconds(30) ? TimeSpan.FromMilliseconds(10) : dueTime, period);
    }
}
