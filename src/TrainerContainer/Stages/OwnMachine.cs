using System.Net.Http.Headers;
using Azure.Core;
using Azure.Identity;
using ServerlessTuning.Trainer.Reporting;
using ServerlessTuning.Trainer.Storage;

namespace ServerlessTuning.Trainer.Stages;

/// <summary>The virtual machine that this trainer runs on.</summary>
/// <param name="ResourceManager"><c>Tuning__ResourceManager</c>; default the public cloud's.</param>
/// <param name="ResourceId"><c>Tuning__Machine</c>: <c>/subscriptions/…/virtualMachines/name</c>.</param>
public sealed record MachineAddress(Uri ResourceManager, string ResourceId)
{
    /// <returns>Null when <c>Tuning__Machine</c> is not set.</returns>
    /// <exception cref="SettingException">A value is no resource id or no address.</exception>
    public static MachineAddress? FromEnvironment()
    {
        if (Environment.GetEnvironmentVariable("Tuning__Machine") is not { Length: > 0 } id)
        {
            return null;
        }

        if (!id.StartsWith("/subscriptions/", StringComparison.OrdinalIgnoreCase) || !id.Contains("/virtualMachines/", StringComparison.OrdinalIgnoreCase))
        {
            throw new SettingException("Tuning__Machine", id, "the resource id of a virtual machine, or nothing");
        }

        var address = Environment.GetEnvironmentVariable("Tuning__ResourceManager") is { Length: > 0 } set ? set : "https://management.azure.com/";
        return Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps ? new(uri, id)
            : throw new SettingException("Tuning__ResourceManager", address, "an https:// address");
    }
}

/// <summary>
/// The last act of a trainer that nobody waits for: it deletes its machine, with disk and network interface, through Azure Resource Manager. Its identity may
/// delete machines of the trainers' resource group and do nothing else there. When that fails the machine's own script tries again, then switches it off.
/// </summary>
/// <param name="credential">Default: the machine's identity.</param>
/// <param name="transport">Default: the network.</param>
public sealed class OwnMachine(MachineAddress machine, RunLog log, TokenCredential? credential = null, HttpMessageHandler? transport = null)
{
    private const string ApiVersion = "2024-07-01";
    private const int Attempts = 6;

    /// <summary>How long to wait after the first refusal; doubles.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(5);

    /// <returns>Whether Azure has accepted the deletion.</returns>
    public async Task<bool> Delete()
    {
        using var http = new HttpClient(transport ?? new HttpClientHandler(), disposeHandler: transport is null) { Timeout = TimeSpan.FromSeconds(60) };
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            try
            {
                using var answer = await http.SendAsync(await Request());
                log.Say($"Nobody waits for this machine: deleting it. Azure answered {(int)answer.StatusCode}.");
                if (answer.IsSuccessStatusCode || answer.StatusCode == System.Net.HttpStatusCode.NotFound)
                {
                    return true;
                }
            }
            catch (Exception e) when (e is HttpRequestException or AuthenticationFailedException or OperationCanceledException)
            {
                log.Say($"This machine could not be deleted: {e.Message}");
            }

            await Task.Delay(FirstPause * Math.Pow(2, attempt));
        }

        return false;
    }

    private async Task<HttpRequestMessage> Request()
    {
        var scope = new Uri(machine.ResourceManager, "/.default").ToString();
        var token = await (credential ?? new DefaultAzureCredential()).GetTokenAsync(new TokenRequestContext([scope]), CancellationToken.None);
        return new(HttpMethod.Delete, new Uri(machine.ResourceManager, $"{machine.ResourceId}?api-version={ApiVersion}&forceDeletion=true"))
        {
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token.Token) },
        };
    }
}
