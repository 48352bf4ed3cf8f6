using System.Runtime.CompilerServices;

namespace Microsoft.DurableTask;

/// <summary>Listings made from a function that fetches one page.</summary>
public static class Pageable
{
    /// <param name="pageFunc">Token of the page (null for the first), page size hint, cancellation.</param>
    public static AsyncPageable<T> Create<T>(Func<string?, int?, CancellationToken, Task<Page<T>>> pageFunc) where T : notnull =>
        new Fetched<T>(pageFunc);

    /// <inheritdoc cref="Create{T}(Func{string, int?, CancellationToken, Task{Page{T}}})"/>
    public static AsyncPageable<T> Create<T>(Func<string?, CancellationToken, Task<Page<T>>> pageFunc) where T : notnull =>
        new Fetched<T>((token, _, cancellation) => pageFunc(token, cancellation));

    private sealed class Fetched<T>(Func<string?, int?, CancellationToken, Task<Page<T>>> fetch) : AsyncPageable<T> where T : notnull
    {
        public override IAsyncEnumerable<Page<T>> AsPages(string? continuationToken = null, int? pageSizeHint = null) => Pages(continuationToken, pageSizeHint);

        private async IAsyncEnumerable<Page<T>> Pages(string? token, int? size, [EnumeratorCancellation] CancellationToken cancellation = default)
        {
            do
            {
                var page = await fetch(token, size, cancellation);
                yield return page;
                token = page.ContinuationToken;
            }
            while (token is not null);
        }
    }
}
