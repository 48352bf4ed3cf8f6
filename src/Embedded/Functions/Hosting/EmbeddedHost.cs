using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
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
using ServerlessTuning.Embedded.Functions.Timers;

namespace ServerlessTuning.Embedded.Functions.Hosting;

/// <summary>A functions host in the app's own process: HTTP on Kestrel, blob and timer triggers, the durable engine.</summary>
public static class EmbeddedHost
{
    private const string DefaultUrl = "http://localhost:7071";

    /// <summary>Settings as Core Tools reads them: defaults, local.settings.json, environment, command line; the later wins.</summary>
    internal static WebApplicationBuilder Prepare(string[] args)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.Sources.Insert(0, new Microsoft.Extensions.Configuration.Memory.MemoryConfigurationSource
        {
            InitialData = HostSettings.LocalValues(builder.Environment.ContentRootPath),
        });
        if (builder.Configuration["urls"] is null)
        {
            builder.WebHost.UseUrls(DefaultUrl);
        }

        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole(console => (console.SingleLine, console.TimestampFormat) = (true, "HH:mm:ss.fff "));
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning).AddFilter("Azure", LogLevel.Warning);
        builder.Services.AddMvcCore();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(15));
        return builder;
    }

    internal static IHost Build(WebApplicationBuilder builder) => Build(builder, AppAssemblies());

    /// <summary>For tests, which run in a process that is not the app's.</summary>
    public static WebApplication Build(WebApplicationBuilder builder, IEnumerable<Assembly> assemblies)
    {
        var settings = HostSettings.Read(builder.Configuration, builder.Environment.ContentRootPath);
        var durable = DurableHostSettings.Read(builder.Configuration, builder.Environment.ContentRootPath);
        var catalog = new FunctionCatalog(assemblies, builder.Configuration);
        Directory.CreateDirectory(settings.StateFolder);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(settings).AddSingleton(catalog).AddSingleton<DurableFunctions>().AddSingleton(services => new DurableEngine(
            Path.Combine(settings.StateFolder, "durable.db"), services.GetRequiredService<DurableFunctions>(), services.GetRequiredService<ILoggerFactory>(),
            durable.Engine(services.GetRequiredService<DataConverter>())));
        builder.Services.AddSingleton<DataConverter>(services => new SerializerConverter(services.GetRequiredService<IOptions<WorkerOptions>>().Value.Serializer));
        builder.Services.AddSingleton<DurableTaskClient>(services => services.GetRequiredService<DurableEngine>().Client);
        builder.Services.AddHostedService<DurableService>();
        if (catalog.With<BlobTriggerAttribute>().Any())
        {
            builder.Services.AddHostedService<BlobTriggerService>();
        }

        if (catalog.With<TimerTriggerAttribute>().Any())
        {
            builder.Services.AddHostedService<TimerService>();
        }

        var app = builder.Build();
        ManagementAddress.Set(app.Services.GetRequiredService<DurableTaskClient>(), () => $"{app.Urls.First().TrimEnd('/')}/runtime/webhooks/durabletask");
        app.UseWrongMethodIsNotFound();
        app.UseKeysOnHostRoutes();
        app.MapHttpFunctions(catalog, settings);
        app.MapDurableManagement(app.Services.GetRequiredService<DurableEngine>(), new() { TaskHub = settings.HubName, SystemKey = app.Configuration["Embedded:FunctionKey"], UseForwardedHost = durable.UseForwardedHost });
        app.MapHostStatus(catalog);
        return app;
    }

    /// <summary>The entry assembly and what it brought along; the framework's and the packages' assemblies hold no functions of the app.</summary>
    private static IEnumerable<Assembly> AppAssemblies()
    {
        var entry = Assembly.GetEntryAssembly()!;
        var own = typeof(FunctionAttribute).Assembly.GetName().Name;
        return entry.GetReferencedAssemblies().Select(Assembly.Load)
            .Where(assembly => assembly.GetReferencedAssemblies().Any(reference => reference.Name == own)).Append(entry).Distinct();
    }
}
