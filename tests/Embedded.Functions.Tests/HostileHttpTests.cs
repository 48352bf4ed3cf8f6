using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ServerlessTuning.Embedded.Functions.Tests;

/// <summary>Requests as an enemy sends them, or a broken client: each gets a code, and the host goes on.</summary>
public sealed class HostileHttpTests(HostileHttpTests.Host host) : IClassFixture<HostileHttpTests.Host>
{
    private const int Limit = 100_000;

    [Theory]
    [InlineData(Limit, HttpStatusCode.OK)]
    [InlineData(Limit + 1, HttpStatusCode.RequestEntityTooLarge)]
    public async Task A_body_over_the_limit_is_413(int length, HttpStatusCode expected)
    {
        using var answer = await host.Http.PostAsync("api/Swallow", new ByteArrayContent(new byte[length]));

        Assert.Equal(expected, answer.StatusCode);
    }

    [Fact]
    public async Task A_body_over_the_limit_that_does_not_say_its_length_is_413_too()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/Swallow") { Content = new ByteArrayContent(new byte[Limit + 1]), Headers = { TransferEncodingChunked = true } };

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await host.Http.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task A_body_over_the_limit_for_the_management_api_is_413() =>
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge,
            (await host.Http.PostAsync("runtime/webhooks/durabletask/orchestrators/Twice", new ByteArrayContent(new byte[Limit + 1]))).StatusCode);

    [Theory]
    [InlineData("GET", "runtime/webhooks/durabletask/instances/..%2F..%2F..%2Fetc%2Fpasswd", 404)]
    [InlineData("GET", "runtime/webhooks/durabletask/instances/%2e%2e%2f%2e%2e%2fdurable.db", 404)]
    [InlineData("DELETE", "runtime/webhooks/durabletask/instances/..%5C..%5Cdurable.db", 404)]
    [InlineData("POST", "runtime/webhooks/durabletask/orchestrators/Twice/..%5Cevil", 400)]
    [InlineData("POST", "runtime/webhooks/durabletask/orchestrators/Twice/%00", 400)]
    [InlineData("GET", "../../etc/passwd", 404)]
    [InlineData("GET", "api/who/..%2F..%2Fetc%2Fpasswd", 200)] // a name like any other: nothing opens a file by it
    [InlineData("BREW", "api/who/ann", 404)]
    [InlineData("PUT", "runtime/webhooks/durabletask/instances/x", 404)]
    public async Task Paths_that_climb_and_methods_that_are_none_get_a_code(string method, string path, int expected)
    {
        var answer = await Raw($"{method} /{path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");

        Assert.StartsWith($"HTTP/1.1 {expected}", answer);
    }

    [Theory]
    [InlineData(200, 10)] // too many
    [InlineData(2, 40_000)] // too long
    public async Task A_flood_of_headers_is_431(int count, int length)
    {
        var headers = string.Concat(Enumerable.Range(0, count).Select(i => $"X-Flood-{i}: {new string('a', length)}\r\n"));

        Assert.StartsWith("HTTP/1.1 431", await Raw($"GET /api/who/ann HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n"));
        Assert.Equal(HttpStatusCode.OK, (await host.Http.GetAsync("api/who/ann")).StatusCode);
    }

    [Fact]
    public async Task A_client_that_dribbles_its_body_is_let_go_and_holds_nobody_up()
    {
        using var slow = new TcpClient();
        await slow.ConnectAsync(IPAddress.Loopback, host.Http.BaseAddress!.Port);
        var stream = slow.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes("POST /api/Swallow HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"));
        var answer = new StreamReader(stream).ReadLineAsync();
        for (var i = 0; i < 40 && !answer.IsCompleted; i++)
        {
            await stream.WriteAsync("a"u8.ToArray());
            Assert.Equal(HttpStatusCode.OK, (await host.Http.GetAsync("api/who/ann")).StatusCode);
            await Task.Delay(500);
        }

        Assert.StartsWith("HTTP/1.1 408", await answer.WaitAsync(TimeSpan.FromSeconds(1)));
    }

    private async Task<string> Raw(string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, host.Http.BaseAddress!.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));
        var (buffer, read) = (new byte[1024], 0);
        while (read < 16 && await client.GetStream().ReadAsync(buffer.AsMemory(read)) is > 0 and var more)
        {
            read += more;
        }

        return Encoding.ASCII.GetString(buffer, 0, read);
    }

    /// <summary>A body limit that a test can pass.</summary>
    public sealed class Host : RunningHost
    {
        protected override Dictionary<string, string?> Settings => new() { ["FUNCTIONS_REQUEST_BODY_SIZE_LIMIT"] = $"{Limit}" };
    }
}
