namespace ServerlessTuning.Cli;

/// <summary>A command line split into words and <c>--options</c>; what is left over or unknown is an error that says so.</summary>
public sealed class Arguments
{
    private readonly Dictionary<string, string?> options = [];
    private readonly Queue<string> words = new();

    /// <param name="args">After the verb.</param>
    /// <param name="flags">Options without a value.</param>
    /// <param name="values">Options that take the next word.</param>
    public Arguments(string[] args, string[] flags, string[] values)
    {
        for (var i = 0; i < args.Length; i++)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal))
            {
                words.Enqueue(args[i]);
            }
            else if (flags.Contains(args[i]))
            {
                options[args[i]] = null;
            }
            else if (!values.Contains(args[i]))
            {
                throw new UserError($"unknown option {args[i]}; known: {string.Join(", ", flags.Concat(values))}");
            }
            else
            {
                options[args[i]] = i + 1 < args.Length ? args[++i] : throw new UserError($"{args[i]} needs a value after it");
            }
        }
    }

    public bool Has(string flag) => options.ContainsKey(flag);

    public string? Value(string option) => options.GetValueOrDefault(option);

    public int Number(string option, int otherwise) => Value(option) is not { } text ? otherwise
        : int.TryParse(text, out var number) ? number : throw new UserError($"{option}: found '{text}', expected a number");

    public string? Word() => words.TryDequeue(out var word) ? word : null;

    public string Word(string what) => Word() ?? throw new UserError($"{what} is missing");

    /// <summary>Called after the last <see cref="Word()"/>.</summary>
    public void NothingLeft()
    {
        if (words.TryDequeue(out var word))
        {
            throw new UserError($"one word too many: '{word}'");
        }
    }
}
