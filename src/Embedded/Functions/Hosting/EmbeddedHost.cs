using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ServerlessTuning.Embedded.DurableTask;
using ServerlessTuning.Embedded.DurableTask.Http;
using ServerlessTuning.Embedded.Functions.Blobs;
using ServerlessTuning.Embedded.Functions.Discovery;
using ServerlessTuning.Embedded.Functions.Durable;
using ServerlessTuning.Embedded.Functions.Http;
using ServerlessTuning.Embedded.Functions.Invocation;
using ServerlessTuning.Embedded.Functions.Timers;

namespace ServerlessTuning.Embedded.Functions.Hosting;

/// <summary>A functions host in the app's own process: HTTP on Kestrel, blob and timer triggers, the durable engine.</summary>
public static class EmbeddedHost
{
    /// <summary>Settings as Core Tools reads them: defaults, local.settings.json, environment, command line; the later wins.</summary>
    internal static WebApplicationBuilder Prepare(string[] args)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = CommandLine.Long(args), ContentRootPath = AppContext.BaseDirectory });
        Add(builder.Configuration, HostFiles.LocalSettings(builder.Environment.ContentRootPath));
        builder.Logging.ClearProviders();
        HostLogging.AddConsole(builder);
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(15));
        builder.WebHost.UseUrls(ListenAddress.Of(builder.Configuration));
        return builder;
    }

    /// <summary>For an app's own process: a failed start ends it, with a message where the reason is known.</summary>
    internal static IHost Build(WebApplicationBuilder builder)
    {
        var gate = new StartGate();
        HostLogging.Mute(builder.Logging, gate);
        var app = Build(builder, AppAssemblies());
        var history = History(app.Services.GetRequiredService<HostSettings>());
        return new StartedByHand(app, gate, builder.WebHost.GetSetting(WebHostDefaults.ServerUrlsKey) ?? "", history);
    }

    /// <summary>For tests, which run in a process that is not the app's.</summary>
    public static WebApplication Build(WebApplicationBuilder builder, IEnumerable<Assembly> assemblies)
    {
        Add(builder.Configuration, HostFiles.HostJson(builder.Environment.ContentRootPath));
        var settings = HostSettings.Read(builder.Configuration);
        var catalog = new FunctionCatalog(assemblies, builder.Configuration);
        Directory.CreateDirectory(settings.StateFolder);
        HostLogging.Filter(builder);
        builder.WebHost.ConfigureKestrel(server => server.Limits.MaxRequestBodySize = settings.MaxRequestBody);
        AddServices(builder.Services, settings, catalog);

        var app = builder.Build();
        foreach (var setting in UnhonouredSettings.Of(app.Configuration))
        {
            app.Logger.LogWarning("host.json: {Setting} is not honoured here", setting);
        }

        var key = app.Configuration["Embedded:FunctionKey"];
        ManagementAddress.Set(app.Services.GetRequiredService<DurableTaskClient>(), new(() => app.Urls.First(), key));
        app.UseCustomHeaders(settings);
        app.UseCoreToolsCors();
        app.UseWrongMethodIsNotFound();
        app.UseKeysOnHostRoutes();
        app.MapHttpFunctions(catalog, settings);
        app.MapDurableManagement(app.Services.GetRequiredService<DurableEngine>(), new() { TaskHub = settings.HubName, SystemKey = key, UseForwardedHost = settings.UseForwardedHost });
        app.MapHostStatus(catalog);
        return app;
    }

    private static void AddServices(IServiceCollection services, HostSettings settings, FunctionCatalog catalog)
    {
        services.AddMvcCore();
        services.AddCors();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<WorkerPipeline>();
        services.AddSingleton(settings).AddSingleton(catalog).AddSingleton<Invoker>().AddSingleton<DurableFunctions>().AddSingleton(provider => new DurableEngine(
            History(settings), provider.GetRequiredService<DurableFunctions>(), provider.GetRequiredService<ILoggerFactory>(), EngineOptions(settings, provider),
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<DataConverter>(provider => new SerializerConverter(provider.GetRequiredService<IOptions<WorkerOptions>>().Value.Serializer));
        services.AddSingleton<DurableTaskClient>(provider => provider.GetRequiredService<DurableEngine>().Client);
        services.AddHostedService<TelemetrySwitch>(); // first, so that it stops last and hears of the others' end
        services.AddHostedService<DurableService>();
        if (catalog.With<BlobTriggerAttribute>().Any())
        {
            services.AddHostedService<BlobTriggerService>();
        }

        if (catalog.With<TimerTriggerAttribute>().Any())
        {
            services.AddHostedService<TimerService>();
        }
    }

    private static DurableEngineOptions EngineOptions(HostSettings settings, IServiceProvider provider) => new()
    {
        DataConverter = provider.GetRequiredService<DataConverter>(),
        MaxConcurrentActivities = settings.MaxConcurrentActivities,
        MaxConcurrentOrchestrations = settings.MaxConcurrentOrchestrations,
        DefaultVersion = settings.DefaultVersion,
        VersionMatch = settings.VersionMatch,
        VersionFailure = settings.VersionFailure,
        ReplaceRunningInstances = settings.ReplaceRunningInstances,
    };

    private static string History(HostSettings settings) => Path.Combine(settings.StateFolder, "durable.db");

    /// <summary>Before everything that is there: an environment variable or a word of the command line wins.</summary>
    private static void Add(ConfigurationManager configuration, Dictionary<string, string?> values) =>
        configuration.Sources.Insert(0, new Microsoft.Extensions.Configuration.Memory.MemoryConfigurationSource { InitialData = values });

    /// <summary>The entry assembly and what it brought along; the framework's and the packages' assemblies hold no functions of the app.</summary>
    private static IEnumerable<Assembly> AppAssemblies()
    {
        var entry = Assembly.GetEntryAssembly()!;
        var own = typeof(FunctionAttribute).Assembly.GetName().Name;
        return entry.GetReferencedAssemblies().Select(Assembly.Load)
            .Where(assembly => assembly.GetReferencedAssemblies().Any(reference => reference.Name == own)).Append(entry).Distinct();
    }
}
