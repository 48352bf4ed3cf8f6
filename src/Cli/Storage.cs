using Azure.Identity;
using Azure.Storage.Blobs;

namespace ServerlessTuning.Cli;

/// <summary>The storage account that a verb works on.</summary>
internal static class Storage
{
    /// <param name="where">A connection string, or the https address of a blob service (signed in with Azure.Identity). Null: the variable
    /// <c>Tuning__Storage</c>, or the emulator on this machine.</param>
    public static BlobServiceClient Connect(string? where) => (where ?? Environment.GetEnvironmentVariable("Tuning__Storage")) switch
    {
        null => new BlobServiceClient("UseDevelopmentStorage=true"),
        var uri when uri.StartsWith("https://", StringComparison.Ordinal) => new BlobServiceClient(new Uri(uri), new DefaultAzureCredential()),
        var connection => new BlobServiceClient(connection),
    };
}
