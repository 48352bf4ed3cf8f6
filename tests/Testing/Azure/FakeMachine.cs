using System.Text;
using System.Text.Json.Nodes;

namespace ServerlessTuning.Testing.Azure;

/// <summary>A virtual machine that <see cref="FakeResourceManager"/> keeps.</summary>
public sealed class FakeMachine : IDisposable
{
    private readonly CancellationTokenSource warned = new(), powerLost = new();

    internal FakeMachine(string id, JsonObject body, DateTimeOffset now)
    {
        (Id, Body, BilledFrom) = (id, body, now);
        Name = id[(id.LastIndexOf('/') + 1)..];
    }

    public string Id { get; }

    public string Name { get; }

    /// <summary>As it was asked for.</summary>
    public JsonObject Body { get; internal set; }

    public string ProvisioningState { get; internal set; } = "Creating";

    /// <summary>running, stopped, deallocated; null before it has any.</summary>
    public string? PowerState { get; internal set; }

    public DateTimeOffset BilledFrom { get; }

    /// <summary>Null while it costs. A machine that is only switched off costs on.</summary>
    public DateTimeOffset? BilledUntil { get; internal set; }

    /// <summary>False when Azure had none: then it never cost anything.</summary>
    public bool WasAllocated { get; internal set; } = true;

    public bool IsDeleted { get; internal set; }

    /// <summary>Cancelled when Azure gives notice that it takes the machine away: what scheduled events tell inside.</summary>
    public CancellationToken Warned => warned.Token;

    /// <summary>Cancelled when the machine is off.</summary>
    public CancellationToken PowerLost => powerLost.Token;

    public string Size => Body["properties"]!["hardwareProfile"]!["vmSize"]!.GetValue<string>();

    public string Region => Body["location"]!.GetValue<string>();

    public bool IsSpot => Body["properties"]!["priority"]?.GetValue<string>() == "Spot";

    public IDictionary<string, string> Tags => Body["tags"]?.AsObject().ToDictionary(tag => tag.Key, tag => tag.Value!.GetValue<string>()) ?? [];

    public string? Tag(string name) => Body["tags"]?[name]?.GetValue<string>();

    /// <summary>What cloud-init is given.</summary>
    public string CustomData => Encoding.UTF8.GetString(Convert.FromBase64String(Body["properties"]!["osProfile"]!["customData"]!.GetValue<string>()));

    public void Dispose()
    {
        warned.Dispose();
        powerLost.Dispose();
    }

    internal void Warn() => warned.Cancel();

    internal void CutPower(string state)
    {
        PowerState = state;
        powerLost.Cancel();
    }
}
