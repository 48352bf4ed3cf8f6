using System.Text.RegularExpressions;

namespace ServerlessTuning.Contracts.Graders;

/// <summary>A regular expression that cannot hang: matched in linear time where .NET can, within a time limit always.</summary>
public sealed class BoundedPattern
{
    private static readonly TimeSpan limit = TimeSpan.FromSeconds(1);
    private readonly Regex regex;

    /// <exception cref="ArgumentException">No regular expression; the message says where.</exception>
    public BoundedPattern(string pattern, RegexOptions options = RegexOptions.None)
    {
        options |= RegexOptions.CultureInvariant;
        try
        {
            regex = new(pattern, options | RegexOptions.NonBacktracking, limit);
        }
        catch (NotSupportedException) // look-around and back-references need backtracking
        {
            regex = new(pattern, options, limit);
        }
    }

    /// <exception cref="GraderException">The time limit passed.</exception>
    public bool IsIn(string text, string grader)
    {
        try
        {
            return regex.IsMatch(text);
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new GraderException(grader, $"pattern {regex} still searching a text of {text.Length} characters after {limit.TotalSeconds:0} s", "a match or none by then",
                "Rewrite the pattern without nested repetition, look-around and back-references: then it runs in linear time.", inner: e);
        }
    }
}
