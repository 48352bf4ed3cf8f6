using Azure.Core;
using Azure.Identity;
using Azure.Storage;
using Azure.Storage.Sas;
using Microsoft.Extensions.Configuration;

namespace ServerlessTuning.Functions.Registry;

/// <summary>The queue service of the host's storage account (AzureWebJobsStorage), and what opens it: a signature made of the account's key, or the app's identity.</summary>
/// <param name="Signature">Query of an account SAS, without the question mark.</param>
public sealed record QueueAccess(Uri Service, string? Signature, TokenCredential? Credential)
{
    private const string Setting = "AzureWebJobsStorage";

    /// <exception cref="InvalidOperationException">The setting names no account.</exception>
    public static QueueAccess Of(IConfiguration configuration, TimeProvider time)
    {
        if (configuration[Setting] is { Length: > 0 } connection)
        {
            return OfKey(connection, time);
        }

        var uri = configuration[$"{Setting}:queueServiceUri"]
            ?? (configuration[$"{Setting}:accountName"] is { } account ? $"https://{account}.queue.core.windows.net" : null)
            ?? configuration[$"{Setting}:blobServiceUri"]?.Replace(".blob.", ".queue.", StringComparison.Ordinal)
            ?? throw new InvalidOperationException($"{Setting} is not set: found neither a connection string nor {Setting}__accountName nor {Setting}__queueServiceUri.");
        return new(new Uri(uri), null, new DefaultAzureCredential());
    }

    private static QueueAccess OfKey(string connection, TimeProvider time)
    {
        var parts = connection.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(part => part.Split('=', 2)).Where(part => part.Length == 2)
            .ToDictionary(part => part[0], part => part[1], StringComparer.OrdinalIgnoreCase);
        if (!parts.TryGetValue("AccountName", out var name) || !parts.TryGetValue("AccountKey", out var key))
        {
            throw new InvalidOperationException($"{Setting}: found a connection string without AccountName and AccountKey, expected one with both.");
        }

        var service = parts.GetValueOrDefault("QueueEndpoint") ?? $"https://{name}.queue.{parts.GetValueOrDefault("EndpointSuffix") ?? "core.windows.net"}";
        var sas = new AccountSasBuilder(AccountSasPermissions.Read | AccountSasPermissions.Process, time.GetUtcNow().AddMinutes(10), AccountSasServices.Queues,
            AccountSasResourceTypes.Container | AccountSasResourceTypes.Object);
        return new(new Uri(service), sas.ToSasQueryParameters(new StorageSharedKeyCredential(name, key)).ToString(), null);
    }
}
