using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Xml.Linq;
using Azure.Core;
using Microsoft.Extensions.Configuration;

namespace ServerlessTuning.Functions.Registry;

/// <summary>
/// The blobs that the blob trigger gave up, in the host's queue <c>webjobs-blobtrigger-poison</c>. Read over the queue service's REST API, because two requests are
/// not worth a client package; looked at and left there, so that a person may still move them.
/// </summary>
/// <param name="http">Reaches the storage account.</param>
public sealed class PoisonQueue(HttpClient http, IConfiguration configuration, TimeProvider time)
{
    public const string Name = "webjobs-blobtrigger-poison";

    private const string Version = "2021-12-02";
    private const int MostAtOnce = 32; // the service gives no more

    /// <returns>The oldest of them, at most 32, and about how many there are; none when there is no such queue.</returns>
    /// <exception cref="HttpRequestException">The queue service cannot be reached, or refuses.</exception>
    public async Task<PoisonReport> PeekAsync(CancellationToken cancellation)
    {
        using var counted = await GetAsync("?comp=metadata", cancellation);
        if (counted.StatusCode == HttpStatusCode.NotFound)
        {
            return new(0, []);
        }

        using var peeked = await GetAsync($"/messages?peekonly=true&numofmessages={MostAtOnce}", cancellation);
        var messages = XDocument.Parse(await peeked.EnsureSuccessStatusCode().Content.ReadAsStringAsync(cancellation)).Descendants("QueueMessage").Select(Read).ToArray();
        var about = int.Parse(counted.EnsureSuccessStatusCode().Headers.GetValues("x-ms-approximate-messages-count").Single(), CultureInfo.InvariantCulture);
        return new(Math.Max(about, messages.Length), messages);
    }

    private async Task<HttpResponseMessage> GetAsync(string rest, CancellationToken cancellation)
    {
        var access = QueueAccess.Of(configuration, time); // a signature lives ten minutes
        var uri = $"{access.Service.ToString().TrimEnd('/')}/{Name}{rest}";
        using var request = new HttpRequestMessage(HttpMethod.Get, access.Signature is { } signature ? $"{uri}&{signature}" : uri);
        request.Headers.Add("x-ms-version", Version);
        if (access.Credential is { } credential)
        {
            var token = await credential.GetTokenAsync(new TokenRequestContext(["https://storage.azure.com/.default"]), cancellation);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.Token);
        }

        return await http.SendAsync(request, cancellation);
    }

    private static PoisonBlob Read(XElement message)
    {
        var (id, since) = ((string)message.Element("MessageId")!, DateTimeOffset.Parse((string)message.Element("InsertionTime")!, CultureInfo.InvariantCulture));
        try
        {
            using var json = JsonDocument.Parse(Convert.FromBase64String((string)message.Element("MessageText")!));
            string? Text(string name) => json.RootElement.TryGetProperty(name, out var value) ? value.GetString() : null;
            return new(id, since, Text("FunctionId"), Text("ContainerName"), Text("BlobName"));
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            return new(id, since, null, null, null); // somebody else's message: counted, not understood
        }
    }
}

/// <param name="Count">About how many lie there.</param>
/// <param name="Oldest">At most 32.</param>
public sealed record PoisonReport(int Count, IReadOnlyList<PoisonBlob> Oldest);

/// <summary>A blob whose function failed until the trigger gave up.</summary>
/// <param name="Since">When it was given up.</param>
public sealed record PoisonBlob(string Message, DateTimeOffset Since, string? Function, string? Container, string? Blob);
