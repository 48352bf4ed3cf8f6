using System.Runtime.CompilerServices;
using Microsoft.DurableTask.Client;

namespace ServerlessTuning.Embedded.Functions.Durable;

/// <summary>Where a client's instances can be managed over HTTP. The packages' client has no place for it, so it is kept beside it.</summary>
internal static class ManagementAddress
{
    private static readonly ConditionalWeakTable<DurableTaskClient, Func<string>> Addresses = [];

    public static void Set(DurableTaskClient client, Func<string> address) => Addresses.AddOrUpdate(client, address);

    public static string Of(DurableTaskClient client) => Addresses.TryGetValue(client, out var address) ? address()
        : throw new InvalidOperationException("This client belongs to no functions host, so there is no address to manage its instances at.");
}
