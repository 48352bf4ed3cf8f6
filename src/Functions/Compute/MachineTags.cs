using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ServerlessTuning.Contracts;

namespace ServerlessTuning.Functions.Compute;

/// <summary>How a machine is recognised: its name, and its tags.</summary>
internal static class MachineTags
{
    public const string Owner = "tuning-owner", Run = "tuning-run", Attempt = "tuning-attempt", Expires = "tuning-expires", Offer = "tuning-offer", Kept = "tuning-kept";

    /// <summary>A run's id may be longer than a machine's name.</summary>
    /// <param name="nth">Machine of the attempt, from 0.</param>
    public static string Name(string run, int attempt, int nth) => $"tuning-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(run)))[..12]}-{attempt}-{nth}";

    public static IReadOnlyDictionary<string, string> For(WorkOrder order, AzureOptions settings, MachineOffer offer, DateTimeOffset expires) => new Dictionary<string, string>
    {
        [Owner] = settings.Owner,
        [Run] = order.RunId,
        [Attempt] = order.Attempt.ToString(CultureInfo.InvariantCulture),
        [Expires] = Text(expires),
        [Offer] = offer.ToString(),
    };

    public static bool IsOwned(IDictionary<string, string> tags, string owner) =>
        tags.TryGetValue(Owner, out var found) && found == owner && tags.ContainsKey(Run) && int.TryParse(tags.TryGetValue(Attempt, out var attempt) ? attempt : null, out _);

    /// <summary>Its trainer has failed, and a person may look at it until it expires.</summary>
    public static bool IsKept(IDictionary<string, string> tags) => tags.ContainsKey(Kept);

    public static string Text(DateTimeOffset moment) => moment.UtcDateTime.ToString("o", CultureInfo.InvariantCulture);

    public static bool HasExpired(IDictionary<string, string> tags, DateTimeOffset now) =>
        tags.TryGetValue(Expires, out var text) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var expires) && expires < now;
}
