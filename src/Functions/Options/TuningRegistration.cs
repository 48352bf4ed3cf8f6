using Azure.Core.Serialization;
using Azure.Identity;
using Azure.ResourceManager;
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
        services.AddSingleton<Archive>();
        services.AddSingleton<DatasetFolders>();
        services.AddSingleton<BaseModels>();
        services.AddSingleton<PublishedAdapters>();
        services.AddSingleton<ModelRegistry>();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<PoisonQueue>(provider, new HttpClient()));
        services.AddAzureMachines();
        services.AddSingleton<LocalTrainers>();
        services.AddSingleton<ITrainers>(provider => provider.GetRequiredService<IOptions<AzureOptions>>().Value.IsConfigured
            ? provider.GetRequiredService<AzureTrainers>() : provider.GetRequiredService<LocalTrainers>());
        return services;
    }

    private static void AddAzureMachines(this IServiceCollection services)
    {
        services.AddOptions<AzureOptions>().BindConfiguration(AzureOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<MachineLogs>();
        services.AddSingleton<Refusals>();
        services.AddSingleton<Estimates>();
        services.AddSingleton<KeptMachines>();
        services.AddSingleton<AzureMachines>();
        services.AddSingleton<MachineOrders>();
        services.AddSingleton<AzureTrainers>();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<Prices>(provider, new HttpClient()));
        services.AddSingleton(provider => Connect(provider.GetRequiredService<IOptions<AzureOptions>>().Value));
    }

    private static ArmClient Connect(AzureOptions azure) => new(new DefaultAzureCredential(), azure.Subscription, new ArmClientOptions
    {
        Environment = new ArmEnvironment(azure.ResourceManager, azure.ResourceManager.ToString()),
        Retry = { MaxRetries = 5, MaxDelay = TimeSpan.FromSeconds(30) },
    });

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
