using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace ServerlessTuning.Testing;

/// <summary>Stands between an app and the storage emulator, and answers, delays or refuses what a test says.</summary>
public sealed class FaultyStorage : IAsyncDisposable
{
    private readonly HttpClient http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, AutomaticDecompression = DecompressionMethods.None });
    private readonly WebApplication[] doors;
    private int refused;

    private FaultyStorage(WebApplication[] doors) => this.doors = doors;

    /// <summary>The status with which to answer a request instead of handing it on; null hands it on. Asked with method and raw path.</summary>
    public Func<string, string, int?> Fault { get; set; } = (_, _) => null;

    /// <summary>How long each request waits first.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>How many requests were answered by <see cref="Fault"/>.</summary>
    public int Refused => refused;

    /// <summary>The emulator's connection string with the doors' addresses in it.</summary>
    public string ConnectionString { get; private set; } = "";

    public static async Task<FaultyStorage> StartAsync(string connectionString)
    {
        var targets = connectionString.Split(';').Where(part => part.Contains("Endpoint=http", StringComparison.Ordinal)).Select(part => part.Split('=', 2)).ToList();
        var storage = new FaultyStorage([.. targets.Select(_ => Door())]);
        storage.ConnectionString = connectionString;
        foreach (var (door, target) in storage.doors.Zip(targets))
        {
            var origin = new Uri(target[1]).GetLeftPart(UriPartial.Authority);
            door.Run(context => storage.Pass(context, origin));
            await door.StartAsync();
            storage.ConnectionString = storage.ConnectionString.Replace(origin, door.Urls.Single(), StringComparison.Ordinal);
        }

        return storage;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var door in doors)
        {
            await door.DisposeAsync();
        }

        http.Dispose();
    }

    private static WebApplication Door()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(server => server.Limits.MaxRequestBodySize = null);
        return builder.Build();
    }

    private async Task Pass(HttpContext context, string origin)
    {
        var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget; // as signed: no decoding in between
        await Task.Delay(Delay, context.RequestAborted);
        if (Fault(context.Request.Method, target) is { } status)
        {
            Interlocked.Increment(ref refused);
            context.Response.StatusCode = status;
            return;
        }

        using var answer = await http.SendAsync(Copy(context.Request, new Uri(origin + target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true })),
            HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
        context.Response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers).Where(header => !header.Key.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase)))
        {
            context.Response.Headers[name] = values.ToArray();
        }

        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await answer.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
        }
    }

    private static HttpRequestMessage Copy(HttpRequest request, Uri target)
    {
        var copy = new HttpRequestMessage(new(request.Method), target);
        if (request.ContentLength is not null || request.Headers.TransferEncoding.Count > 0)
        {
            copy.Content = new StreamContent(request.Body);
        }

        foreach (var (name, values) in request.Headers.Where(header => !header.Key.Equals("Host", StringComparison.OrdinalIgnoreCase)))
        {
            if (!copy.Headers.TryAddWithoutValidation(name, values.AsEnumerable()))
            {
                copy.Content?.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
            }
        }

        return copy;
    }
}
