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

    // The emulator's account and key are the same everywhere and public: learn.microsoft.com/azure/storage/common/storage-use-azurite.
    private const string EmulatorAccount = "devstoreaccount1";
    private const string EmulatorKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

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
        if (string.Equals(parts.GetValueOrDefault("UseDevelopmentStorage"), "true", StringComparison.OrdinalIgnoreCase))
        {
            (parts["AccountName"], parts["AccountKey"], parts["QueueEndpoint"]) = (EmulatorAccount, EmulatorKey, EmulatorQueues(parts.GetValueOrDefault("DevelopmentStorageProxyUri")));
        }

        if (!parts.TryGetValue("AccountName", out var name) || !parts.TryGetValue("AccountKey", out var key))
        {
            throw new InvalidOperationException($"{Setting}: found a connection string without AccountName and AccountKey, expected one with both, or UseDevelopmentStorage=true for the emulator on this machine.");
        }

        var service = parts.GetValueOrDefault("QueueEndpoint") ?? $"https://{name}.queue.{parts.GetValueOrDefault("EndpointSuffix") ?? "core.windows.net"}";
        var sas = new AccountSasBuilder(AccountSasPermissions.Read | AccountSasPermissions.Process, time.GetUtcNow().AddMinutes(10), AccountSasServices.Queues,
            AccountSasResourceTypes.Container | AccountSasResourceTypes.Object);
        return new(new Uri(service), sas.ToSasQueryParameters(new StorageSharedKeyCredential(name, key)).ToString(), null);
    }

    /// <param name="proxy">Scheme and host by which the emulator is reached when it is not on this machine (DevelopmentStorageProxyUri); the ports are always its own.</param>
    private static string EmulatorQueues(string? proxy)
    {
        var host = new Uri(proxy ?? "http://127.0.0.1");
        return $"{host.Scheme}://{host.Host}:10001/{EmulatorAccount}";
    }
}
