namespace ServerlessTuning.Testing;

/// <summary>What calls are answered with: a queue by name whose last answer stays.</summary>
internal sealed class FakeAnswers
{
    private readonly Dictionary<string, Queue<Func<object?, object?>>> byName = new(StringComparer.OrdinalIgnoreCase);

    public void Add(string name, IEnumerable<Func<object?, object?>> answers)
    {
        if (!byName.TryGetValue(name, out var queue))
        {
            byName[name] = queue = new();
        }

        foreach (var answer in answers)
        {
            queue.Enqueue(answer);
        }
    }

    public (object? Result, Exception? Failure) Next(FakeCall call)
    {
        if (!byName.TryGetValue(call.Name, out var queue) || queue.Count == 0)
        {
            throw new InvalidOperationException(
                $"'{call.Name}' was called, and the test gives no answer. Answers exist for: {string.Join(", ", byName.Keys)}. Add .Returns(\"{call.Name}\", …).");
        }

        var answer = queue.Count > 1 ? queue.Dequeue() : queue.Peek();
        try
        {
            return (answer(call.Input), null);
        }
#pragma warning disable CA1031 // whatever the answer throws is the task's failure
        catch (Exception failure)
#pragma warning restore CA1031
        {
            return (null, failure);
        }
    }
}
