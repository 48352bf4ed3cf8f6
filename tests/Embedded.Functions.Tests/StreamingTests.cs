using System.Net.Sockets;
using System.Text;

namespace ServerlessTuning.Embedded.Functions.Tests;

public sealed class StreamingTests(StreamingTests.Host host) : IClassFixture<StreamingTests.Host>
{
    /// <summary>By hand: HttpClient would send the whole request before it reads.</summary>
    [Fact]
    public async Task A_body_is_read_while_it_comes_and_answered_while_it_is_read()
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", host.Http.BaseAddress!.Port);
        await using var stream = client.GetStream();
        using var reader = new StreamReader(stream, Encoding.ASCII);

        await Send("POST /api/Echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n4\r\none\n\r\n");
        await Until("one");
        await Send("4\r\ntwo\n\r\n0\r\n\r\n"); // only now: the first half was answered before the second was sent
        await Until("two");

        async Task Send(string text) => await stream.WriteAsync(Encoding.ASCII.GetBytes(text));

        async Task Until(string line)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            while (await reader.ReadLineAsync(patience.Token) != line)
            {
                // headers, lengths of chunks
            }
        }
    }

    public sealed class Host : RunningHost;
}
