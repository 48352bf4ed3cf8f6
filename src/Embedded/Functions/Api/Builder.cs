using Microsoft.AspNetCore.Builder;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ServerlessTuning.Embedded.Functions.Hosting;
using ServerlessTuning.Embedded.Functions.Invocation;

namespace Microsoft.Azure.Functions.Worker
{
    public interface IFunctionsWorkerApplicationBuilder
    {
        IServiceCollection Services { get; }

        /// <summary>Adds a layer around every function; the first one added is the outermost.</summary>
        IFunctionsWorkerApplicationBuilder Use(Func<FunctionExecutionDelegate, FunctionExecutionDelegate> middleware);
    }
}

namespace Microsoft.Azure.Functions.Worker.Builder
{
    public class FunctionsApplication
    {
        public static FunctionsApplicationBuilder CreateBuilder(string[] args) => new(StartedByHand.Try(() => EmbeddedHost.Prepare(args)));
    }

    public static class FunctionsApplicationBuilderAspNetCoreExtensions
    {
        /// <summary>HTTP triggers take and give ASP.NET Core's own types. Here they always do.</summary>
        public static FunctionsApplicationBuilder ConfigureFunctionsWebApplication(this FunctionsApplicationBuilder builder) => builder;
    }

    public class FunctionsApplicationBuilder : IHostApplicationBuilder, IFunctionsWorkerApplicationBuilder
    {
        private readonly WebApplicationBuilder web;
        private readonly WorkerPipeline pipeline = new();

        internal FunctionsApplicationBuilder(WebApplicationBuilder web)
        {
            this.web = web;
            web.Services.AddSingleton(pipeline);
        }

        public IServiceCollection Services => web.Services;

        public ConfigurationManager Configuration => web.Configuration;

        public IHostEnvironment Environment => web.Environment;

        public ILoggingBuilder Logging => web.Logging;

        public IMetricsBuilder Metrics => web.Metrics;

        public IDictionary<object, object> Properties => ((IHostApplicationBuilder)web).Properties;

        IConfigurationManager IHostApplicationBuilder.Configuration => web.Configuration;

        public void ConfigureContainer<TContainerBuilder>(IServiceProviderFactory<TContainerBuilder> factory, Action<TContainerBuilder>? configure = null)
            where TContainerBuilder : notnull => ((IHostApplicationBuilder)web).ConfigureContainer(factory, configure);

        public IFunctionsWorkerApplicationBuilder Use(Func<FunctionExecutionDelegate, FunctionExecutionDelegate> middleware)
        {
            pipeline.Use(middleware);
            return this;
        }

        public IHost Build() => StartedByHand.Try(() => EmbeddedHost.Build(web));
    }
}
