using System.Globalization;
using System.Text;
using ServerlessTuning.Contracts;

namespace ServerlessTuning.Functions.Compute;

/// <summary>What a machine does from its first boot: <c>boot.sh</c>, with its values in front.</summary>
internal static class BootScript
{
    private const int DriverSeconds = 540, LeaveSeconds = 600; // a driver that is not up is known within 10 minutes of the start

    private static readonly string Body = Read();

    /// <exception cref="ArgumentException">A value could end its quotes.</exception>
    public static string For(string run, int attempt, string machine, AzureOptions settings, string storage, TimeSpan most)
    {
        (string Name, string Value)[] values =
        [
            ("run", run), ("attempt", attempt.ToString(CultureInfo.InvariantCulture)), ("order", BlobPaths.Order(run, attempt)), ("machine", machine),
            ("storage", storage.TrimEnd('/') + "/"), ("image", settings.TrainerImage), ("client_id", settings.TrainerIdentityClientId),
            ("resource_manager", settings.ResourceManager.ToString()), ("driver_seconds", $"{DriverSeconds}"), ("leave_seconds", $"{LeaveSeconds}"),
            ("keep_seconds", settings.KeepOnError.TotalSeconds.ToString("0", CultureInfo.InvariantCulture)),
            ("most_seconds", most.TotalSeconds.ToString("0", CultureInfo.InvariantCulture)),
        ];
        var text = new StringBuilder("#!/bin/bash\n");
        foreach (var (name, value) in values)
        {
            text.Append(CultureInfo.InvariantCulture, $"{name}='{Safe(name, value)}'\n");
        }

        return text.Append(Body).ToString();
    }

    private static string Safe(string name, string value) => !value.Any(c => c is '\'' or '"' or '\\' || char.IsControl(c)) ? value
        : throw new ArgumentException($"{name} is '{value}'; quotes, backslashes and control characters cannot be passed to a machine. Rename it.", name);

    private static string Read()
    {
        using var stream = typeof(BootScript).Assembly.GetManifestResourceStream("boot.sh")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Replace("\r", "", StringComparison.Ordinal);
    }
}
