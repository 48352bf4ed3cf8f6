using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using ServerlessTuning.Contracts;
using ServerlessTuning.Contracts.Graders;

namespace ServerlessTuning.Trainer.Graders;

/// <summary>
/// Posts <c>{"sample": {"output_text", "output_json"}, "item"}</c> to a service and takes <c>{"reward": number}</c> (or <c>score</c>) back. A service that hangs, breaks off,
/// or says 408, 429 or 5xx is asked up to three times; one that says something else wrong is not asked again.
/// </summary>
internal sealed partial class EndpointGrader : IGrader
{
    private const int MaxReplyBytes = 64 * 1024;

    /// <summary>Before the second and the third attempt: long enough for a restart of a small service, short beside a training step.</summary>
    private static readonly TimeSpan[] waits = [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(4)];

    /// <summary>One for all graders, as connections are; a redirect is not followed, since it would carry the headers elsewhere.</summary>
    private static readonly HttpClient http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
    {
        Timeout = Timeout.InfiniteTimeSpan, // each attempt has its own
        MaxResponseContentBufferSize = MaxReplyBytes,
    };

    private readonly EndpointRequest request;
    private readonly TimeProvider clock;
    private readonly Dictionary<string, string> headers;

    /// <exception cref="GraderException">An environment variable of a header is not set.</exception>
    public EndpointGrader(EndpointRequest request, GraderResources resources)
    {
        (this.request, clock) = (request, resources.Clock);
        headers = request.Headers.ToDictionary(header => header.Key, header => Variable().Replace(header.Value, match => Secret(header.Key, match.Groups[1].Value, resources)));
    }

    public async Task<GradedAnswer> Grade(AnswerToGrade answer, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new { sample = new { output_text = answer.OutputText, output_json = answer.OutputJson }, item = answer.Item });
        for (var attempt = 1; ; attempt++)
        {
            var reply = await Ask(body, cancellationToken);
            if (reply.Reward is { } reward)
            {
                return new(reward);
            }

            if (!reply.MayPass || attempt > waits.Length)
            {
                throw Failed(reply, attempt);
            }

            await Task.Delay(waits[attempt - 1], clock, cancellationToken);
        }
    }

    /// <summary>One attempt; what can go wrong on the way comes back as words.</summary>
    private async Task<Reply> Ask(byte[] body, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(request.Timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var message = new HttpRequestMessage(HttpMethod.Post, request.Url) { Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } } };
            foreach (var (name, value) in headers)
            {
                message.Headers.TryAddWithoutValidation(name, value);
            }

            using var response = await http.SendAsync(message, either.Token); // with its body, so the limit holds for that too
            return response.IsSuccessStatusCode ? Read(await response.Content.ReadAsByteArrayAsync(either.Token))
                : new(null, $"status {(int)response.StatusCode}", response.StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new(null, $"no reply within {request.Timeout.TotalSeconds:0.###} s", MayPass: true);
        }
        catch (HttpRequestException e)
        {
            return e.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded ? new(null, $"a reply of more than {MaxReplyBytes} bytes", MayPass: false)
                : new(null, $"no connection ({e.HttpRequestError}: {e.Message})", MayPass: true);
        }
    }

    private static Reply Read(byte[] body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            var root = json.RootElement;
            return root.ValueKind == JsonValueKind.Object && (root.TryGetProperty("reward", out var number) || root.TryGetProperty("score", out number))
                && number.ValueKind == JsonValueKind.Number && double.IsFinite(number.GetDouble())
                ? new(number.GetDouble(), "", MayPass: false) : new(null, "a reply without a finite number \"reward\"", MayPass: false);
        }
        catch (JsonException)
        {
            return new(null, "a reply that is not JSON", MayPass: false);
        }
    }

    /// <summary>Without the query of the address: keys stand there.</summary>
    private GraderException Failed(Reply reply, int attempts) => new(request.Name, $"{reply.Problem} from {request.Url.GetLeftPart(UriPartial.Path)} in attempt {attempts} of {waits.Length + 1}", "{\"reward\": number} with status 200",
        reply.MayPass ? "See whether the service runs and how long an answer takes it; timeoutSeconds may be up to 600." : "Correct the service, or the address and headers of the grader.", reply.MayPass);

    private string Secret(string header, string variable, GraderResources resources) => resources.Environment(variable) is { Length: > 0 } secret && !secret.Any(char.IsControl) ? secret
        : throw new GraderException(request.Name, $"no usable environment variable {variable}", $"the secret of the header {header} in it", "Set it on the trainer, in one line.");

    /// <param name="Problem">What went wrong, when there is no reward.</param>
    /// <param name="MayPass">Whether the same question may be answered next time.</param>
    private sealed record Reply(double? Reward, string Problem, bool MayPass);

    [GeneratedRegex(@"\$\{(\w+)\}")]
    private static partial Regex Variable();
}
