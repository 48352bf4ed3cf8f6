using System.Globalization;
using System.Text.RegularExpressions;

namespace ServerlessTuning.Contracts.Graders;

using Term = Func<IReadOnlyDictionary<string, double>, double>;

/// <summary>
/// Recursive descent: sum = product {(+|-) product}; product = signed {(*|/) signed}; signed = -signed | power; power = atom [^ signed];
/// atom = number | name | function(sum, …) | (sum). So −2^2 is −4 and 2^3^2 is 2^9, as on paper.
/// </summary>
internal sealed partial class FormulaParser(string text)
{
    private const int Longest = 4000, Deepest = 100;
    private readonly SortedSet<string> names = new(StringComparer.Ordinal);
    private int at, depth;

    public Formula Parse()
    {
        if (text.Length > Longest)
        {
            throw new GraderSyntaxException($"a formula of {text.Length} characters", $"at most {Longest}", "Put a part of it into a grader of its own.");
        }

        var value = Sum();
        return Next == '\0' && at == text.Length ? new(text, names, value) : throw Unexpected("an operator + - * / ^ or the end");
    }

    /// <summary>The next character that is no space; NUL at the end.</summary>
    private char Next
    {
        get
        {
            while (at < text.Length && char.IsWhiteSpace(text[at]))
            {
                at++;
            }

            return at < text.Length ? text[at] : '\0';
        }
    }

    private Term Sum()
    {
        var left = Product();
        while (Next is '+' or '-')
        {
            var (before, minus, right) = (left, text[at++] == '-', Product());
            left = minus ? rewards => before(rewards) - right(rewards) : rewards => before(rewards) + right(rewards);
        }

        return left;
    }

    private Term Product()
    {
        var left = Signed();
        while (Next is '*' or '/')
        {
            var (before, divides, right) = (left, text[at++] == '/', Signed());
            left = divides ? rewards => before(rewards) / right(rewards) : rewards => before(rewards) * right(rewards);
        }

        return left;
    }

    private Term Signed()
    {
        if (++depth > Deepest)
        {
            throw new GraderSyntaxException($"parentheses or signs more than {Deepest} deep at character {at + 1}", "fewer", "Simplify the formula.");
        }

        var value = Take('-') ? Negative(Signed()) : Power();
        depth--;
        return value;
    }

    private static Term Negative(Term term) => rewards => -term(rewards);

    private Term Power()
    {
        var left = Atom();
        if (!Take('^'))
        {
            return left;
        }

        var right = Signed();
        return rewards => Math.Pow(left(rewards), right(rewards));
    }

    private Term Atom()
    {
        if (Take('('))
        {
            var inner = Sum();
            return Take(')') ? inner : throw Unexpected("an operator or )");
        }

        _ = Next;
        if (Number().Match(text, at) is { Success: true } number)
        {
            at += number.Length;
            var value = double.Parse(number.Value, CultureInfo.InvariantCulture);
            return _ => value;
        }

        return Name().Match(text, at) is { Success: true } name ? Named(name.Value) : throw Unexpected("a number, a grader's name, a function or (");
    }

    private Term Named(string name)
    {
        var start = at;
        at += name.Length;
        if (Next != '(')
        {
            names.Add(name);
            return rewards => rewards[name];
        }

        if (!Formula.Functions.TryGetValue(name, out var function))
        {
            throw new GraderSyntaxException($"{name}( at character {start + 1}", $"a function: {string.Join(", ", Formula.Functions.Keys)}",
                NearestName.Of(name, Formula.Functions.Keys) is { } near ? $"Did you mean \"{near}\"?" : "Use one of these.");
        }

        var arguments = Arguments();
        return arguments.Length == 1 || name is "min" or "max" ? rewards => function([.. arguments.Select(argument => argument(rewards))])
            : throw new GraderSyntaxException($"{name} of {arguments.Length} values at character {start + 1}", $"{name} of one value", "Only min and max take several.");
    }

    private Term[] Arguments()
    {
        List<Term> arguments = [];
        do
        {
            at++; // the parenthesis or a comma
            arguments.Add(Sum());
        }
        while (Next == ',');
        return Take(')') ? [.. arguments] : throw Unexpected("an operator, a comma or )");
    }

    private bool Take(char wanted)
    {
        var found = Next == wanted;
        at += found ? 1 : 0;
        return found;
    }

    private GraderSyntaxException Unexpected(string expected) => new(Next == '\0' ? "the end of the formula" : $"'{Next}' at character {at + 1} of {text}", expected,
        "A formula is made of numbers, names of graders, + - * / ^, parentheses and functions.");

    [GeneratedRegex(@"\G([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")]
    private static partial Regex Number();

    [GeneratedRegex(@"\G[A-Za-z_][A-Za-z0-9_]*")]
    private static partial Regex Name();
}
