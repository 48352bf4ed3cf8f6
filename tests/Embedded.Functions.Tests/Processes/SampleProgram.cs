using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ServerlessTuning.Embedded.Functions.Tests.Processes;

/// <summary>The app that <see cref="HostProcess"/> starts: this assembly's functions, and a main like any app's.</summary>
internal static class SampleProgram
{
    public static void Main(string[] args)
    {
        var builder = FunctionsApplication.CreateBuilder(args);
        builder.ConfigureFunctionsWebApplication();
        builder.Services.AddSingleton<Seen>();
        builder.Build().Run();
    }
}
