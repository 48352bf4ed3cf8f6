using ServerlessTuning.Testing;

namespace ServerlessTuning.Embedded.Functions.Tests.Processes;

/// <summary>Where the host listens: what the command line says, then ASPNETCORE_URLS, then WEBSITES_PORT.</summary>
public sealed class PortTests
{
    [Theory]
    [InlineData("--port", null, null)]
    [InlineData("-p", "ASPNETCORE_URLS", null)]
    [InlineData(null, "ASPNETCORE_URLS", "WEBSITES_PORT")]
    [InlineData(null, null, "WEBSITES_PORT")]
    public async Task The_first_that_is_given_wins(string? option, string? urls, string? container)
    {
        var state = Repository.NewFolder();
        var (wanted, other) = (HostProcess.FreePort(), HostProcess.FreePort());
        var settings = new Dictionary<string, string>();
        if (urls is not null)
        {
            settings[urls] = $"http://localhost:{(option is null ? wanted : other)}";
        }

        if (container is not null)
        {
            settings[container] = $"{(urls is null ? wanted : other)}";
        }

        await using (var host = new HostProcess(state, option is null ? [] : [option, $"{wanted}"], settings))
        {
            (await host.Answers(wanted)).Dispose();
        }

        Directory.Delete(state, recursive: true);
    }
}
