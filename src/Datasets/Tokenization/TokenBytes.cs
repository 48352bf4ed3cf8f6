using System.Text;

namespace ServerlessTuning.Datasets.Tokenization;

/// <summary>What each id stands for, as bytes of UTF-8.</summary>
internal sealed class TokenBytes
{
    private readonly byte[][] _bytes;

    /// <param name="vocabulary">The model's; an added token may have an id of it, and is then what it says itself.</param>
    public TokenBytes(IReadOnlyDictionary<string, int> vocabulary, IReadOnlyList<AddedToken> added, Func<string, byte[]> spelling)
    {
        _bytes = new byte[vocabulary.Values.Concat(added.Select(token => token.Id)).Max() + 1][];
        foreach (var (token, id) in vocabulary)
        {
            _bytes[id] = spelling(token);
        }

        foreach (var token in added)
        {
            _bytes[token.Id] = Encoding.UTF8.GetBytes(token.Content);
        }
    }

    public bool Has(int id) => (uint)id < (uint)_bytes.Length && _bytes[id] is not null;

    public byte[] Of(int id) => (uint)id < (uint)_bytes.Length && _bytes[id] is { } bytes
        ? bytes
        : throw new ArgumentOutOfRangeException(nameof(id), id, $"The tokenizer has no token {id}; its ids end at {_bytes.Length - 1}.");
}
