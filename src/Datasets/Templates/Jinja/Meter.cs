namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>
/// What one rendering may cost. A template is a program by a stranger: without a bound an endless loop, or text that doubles in one, would take the worker down.
/// Rendering is synchronous, so the meter that runs is a matter of the thread.
/// </summary>
internal sealed class Meter
{
    private const long StepUnits = 16, MadeUnits = 4;      // a step takes about as long as reading 16 characters; what is made stays in memory

    /// <summary>25 million steps, about a second, or 100 million characters made.</summary>
    private const long FreeUnits = 400_000_000;

    /// <summary>Long conversations may cost more: each of their characters can be made 64 times.</summary>
    private const long UnitsEachInputCharacter = 256;

    private const int DeepestValue = 900;

    [ThreadStatic]
    private static Meter? s_running;

    private long _left;

    /// <param name="inputCharacters">Length of the conversation and the template.</param>
    public static T Run<T>(long inputCharacters, Func<T> render)
    {
        var outer = s_running;
        s_running = new() { _left = FreeUnits + inputCharacters * UnitsEachInputCharacter };
        try
        {
            return render();
        }
        finally
        {
            s_running = outer;
        }
    }

    public static void Step() => s_running?.Take(StepUnits);

    /// <summary>A step into values in values, which Python does not follow for ever either.</summary>
    public static void StepInto(int depth)
    {
        Step();
        if (depth > DeepestValue)
        {
            throw new PythonError($"values are nested more than {DeepestValue} deep.");
        }
    }

    /// <summary>To be called before characters or items are looked at.</summary>
    public static void Read(long count) => s_running?.Take(count);

    /// <summary>To be called before a text or list of this length is made.</summary>
    public static void Make(long count) => s_running?.Take(count > FreeUnits ? long.MaxValue : count * MadeUnits);

    private void Take(long units)
    {
        if (units > _left)
        {
            throw new PythonError("the template does not come to an end: it loops or grows its text without bound.");
        }

        _left -= units;
    }
}
