using Azure.Core.Serialization;
using Azure.Identity;
using Azure.Storage.Blobs;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Compute;
using ServerlessTuning.Functions.Registry;

namespace ServerlessTuning.Functions.Options;

public static class TuningRegistration
{
    /// <summary>Everything the functions are given. A bad setting stops the app at its start and is named.</summary>
    public static IServiceCollection AddTuning(this IServiceCollection services)
    {
        services.AddOptions<TuningOptions>().BindConfiguration(TuningOptions.Section)
            .PostConfigure<IConfiguration>(UseTheHostsStorage)
            .ValidateDataAnnotations().ValidateOnStart();

        // Orchestration inputs, results and custom statuses look like every other document of the product, on both stacks.
        services.Configure<WorkerOptions>(worker => worker.Serializer = new JsonObjectSerializer(TuningJson.Options));

        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(provider => Connect(provider.GetRequiredService<IOptions<TuningOptions>>().Value.Storage));
        services.AddSingleton<RunStore>();
        services.AddSingleton<DatasetFolders>();
        services.AddSingleton<BaseModels>();
        services.AddSingleton<ModelRegistry>();
        services.AddSingleton<ITrainers, LocalTrainers>();
        return services;
    }

    private static void UseTheHostsStorage(TuningOptions options, IConfiguration configuration)
    {
        if (options.Storage.Length == 0)
        {
            options.Storage = configuration["AzureWebJobsStorage"] ?? configuration["AzureWebJobsStorage:blobServiceUri"] ?? "";
        }
    }

    private static BlobServiceClient Connect(string storage) =>
        storage.StartsWith("https://", StringComparison.Ordinal) ? new BlobServiceClient(new Uri(storage), new DefaultAzureCredential()) : new BlobServiceClient(storage);
}
