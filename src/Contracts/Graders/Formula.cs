namespace ServerlessTuning.Contracts.Graders;

/// <summary>The <c>calculate_output</c> of a <c>multi</c> grader, such as <c>0.7 * accuracy + 0.3 * min(style, 1)</c>.</summary>
/// <param name="text">As it was written.</param>
/// <param name="names">The graders that it names, each once.</param>
/// <param name="value">What it says for their rewards; infinite or not a number where the mathematics is.</param>
public sealed class Formula(string text, IReadOnlyCollection<string> names, Func<IReadOnlyDictionary<string, double>, double> value)
{
    public IReadOnlyCollection<string> Names { get; } = names;

    public static IReadOnlyDictionary<string, Func<double[], double>> Functions { get; } = new Dictionary<string, Func<double[], double>>
    {
        ["min"] = numbers => numbers.Min(),
        ["max"] = numbers => numbers.Max(),
        ["abs"] = numbers => Math.Abs(numbers[0]),
        ["floor"] = numbers => Math.Floor(numbers[0]),
        ["ceil"] = numbers => Math.Ceiling(numbers[0]),
        ["exp"] = numbers => Math.Exp(numbers[0]),
        ["sqrt"] = numbers => Math.Sqrt(numbers[0]),
        ["log"] = numbers => Math.Log(numbers[0]),
    };

    /// <exception cref="GraderSyntaxException">No formula; says at which character.</exception>
    public static Formula Parse(string text) => new FormulaParser(text).Parse();

    public double Value(IReadOnlyDictionary<string, double> rewards) => value(rewards);

    public override string ToString() => text;
}
