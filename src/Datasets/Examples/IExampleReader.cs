namespace ServerlessTuning.Datasets.Examples;

/// <summary>The good examples that begin in a part of a file, one after another; what is wrong with the others goes to the problem log.</summary>
public interface IExampleReader : IDisposable
{
    /// <summary>Filled by <see cref="NextAsync"/>; valid until the next call.</summary>
    ExampleRecord Example { get; }

    /// <summary>Where the current example begins, counted from 1 in this part.</summary>
    long Line { get; }

    /// <summary>Where the current example begins in the file, in bytes.</summary>
    long Offset { get; }

    /// <summary>Lines that begin in this part; right once <see cref="NextAsync"/> has returned false.</summary>
    long Lines { get; }

    /// <returns>False behind the last example of the part.</returns>
    ValueTask<bool> NextAsync(CancellationToken cancellation);
}
