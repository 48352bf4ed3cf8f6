using System.Globalization;
using ServerlessTuning.Trainer.Stages;

namespace ServerlessTuning.Trainer.Verbs;

/// <summary>A verb's options: <c>--name value</c>, or <c>--name</c> alone for a switch. Everything that is not understood is an error that says what would be.</summary>
public sealed class Arguments
{
    private readonly Dictionary<string, string> values = new(StringComparer.Ordinal);
    private readonly string verb;

    /// <param name="options">Names that take a value.</param>
    /// <param name="switches">Names that take none.</param>
    /// <exception cref="RequestException">An unknown option, a missing value, or one given twice.</exception>
    public Arguments(string verb, IReadOnlyList<string> arguments, IReadOnlyList<string> options, IReadOnlyList<string> switches)
    {
        this.verb = verb;
        for (var i = 0; i < arguments.Count; i++)
        {
            var name = arguments[i];
            var value = switches.Contains(name) ? "true"
                : !options.Contains(name) ? throw new RequestException($"{verb}: found '{name}', expected one of {string.Join(", ", options.Concat(switches))}.")
                : i + 1 < arguments.Count ? arguments[++i]
                : throw new RequestException($"{verb}: found nothing behind {name}, expected its value.");
            if (!values.TryAdd(name, value))
            {
                throw new RequestException($"{verb}: found {name} twice, expected it once.");
            }
        }
    }

    public bool Has(string name) => values.ContainsKey(name);

    public string? Text(string name) => values.GetValueOrDefault(name);

    public string Required(string name) => Text(name) ?? throw new RequestException($"{verb}: found no {name}, expected one.");

    /// <summary>A folder that exists.</summary>
    public string? Folder(string name) => Text(name) is not { } folder ? null
        : Directory.Exists(folder) ? folder : throw new RequestException($"{verb}: found no folder {folder}, expected {name} to name one.");

    public double Number(string name, double otherwise, double least, double most) => Text(name) is not { } text ? otherwise
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number
        : throw new RequestException($"{verb}: found {name} {text}, expected a number from {least} to {most}.");

    public int Whole(string name, int otherwise, int least, int most) => Text(name) is not { } text ? otherwise
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number
        : throw new RequestException($"{verb}: found {name} {text}, expected a whole number from {least} to {most}.");
}
