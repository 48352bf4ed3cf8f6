namespace Microsoft.DurableTask;

/// <summary>A part of a listing.</summary>
/// <remarks><see cref="ContinuationToken"/> is null on the last page; a page may be short or empty before that.</remarks>
public sealed class Page<T>(IReadOnlyList<T> values, string? continuationToken = null) where T : notnull
{
    public IReadOnlyList<T> Values { get; } = values;

    public string? ContinuationToken { get; } = continuationToken;
}
