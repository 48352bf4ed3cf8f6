using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ServerlessTuning.Trainer.Tests.Graders;

/// <summary>A web service on this machine that says what a test wants and remembers what it was asked.</summary>
internal sealed class LoopbackService : IDisposable
{
    private readonly HttpListener listener = new();
    private readonly Func<int, HttpListenerResponse, Task<string>> reply;
    private int inside, most, asked;

    /// <param name="reply">Given the number of the request, from 1, and where to set a status: the body. May take as long as it likes.</param>
    public LoopbackService(Func<int, HttpListenerResponse, Task<string>> reply)
    {
        this.reply = reply;
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            Url = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/grade/";
        }

        listener.Prefixes.Add(Url);
        listener.Start();
        _ = Serve();
    }

    public LoopbackService(string body, int status = 200) : this((_, response) =>
    {
        response.StatusCode = status;
        return Task.FromResult(body);
    })
    {
    }

    public string Url { get; }

    public int Asked => asked;

    /// <summary>Most requests that were open at the same time.</summary>
    public int MostAtOnce => most;

    public string? LastBody { get; private set; }

    public string? LastSecret { get; private set; }

    public void Dispose() => listener.Close();

    private async Task Serve()
    {
        while (listener.IsListening)
        {
            try
            {
                _ = Answer(await listener.GetContextAsync());
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException) // closed
            {
                return;
            }
        }
    }

    private async Task Answer(HttpListenerContext context)
    {
        var number = Interlocked.Increment(ref asked);
        lock (listener)
        {
            most = Math.Max(most, ++inside);
        }

        using var reader = new StreamReader(context.Request.InputStream, Encoding.UTF8);
        (LastBody, LastSecret) = (await reader.ReadToEndAsync(), context.Request.Headers["Authorization"]);
        var body = await reply(number, context.Response);
        lock (listener)
        {
            inside--;
        }

        try
        {
            await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(body));
            context.Response.Close();
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException) // the caller went away
        {
        }
    }
}
