using System.Text;

namespace ServerlessTuning.Datasets.Tokenization;

/// <summary>What each id stands for, as bytes of UTF-8.</summary>
internal sealed class TokenBytes
{
    private readonly byte[][] _bytes;

    public TokenBytes(Dictionary<string, int> vocabulary, IReadOnlyList<AddedToken> added, Func<string, byte[]> spelling)
    {
        var verbatim = added.Select(token => token.Id).ToHashSet();
        _bytes = new byte[vocabulary.Values.Max() + 1][];
        foreach (var (token, id) in vocabulary)
        {
            _bytes[id] = verbatim.Contains(id) ? Encoding.UTF8.GetBytes(token) : spelling(token);
        }
    }

    public byte[] Of(int id) => (uint)id < (uint)_bytes.Length && _bytes[id] is { } bytes
        ? bytes
        : throw new ArgumentOutOfRangeException(nameof(id), id, $"The tokenizer has no token {id}; its ids end at {_bytes.Length - 1}.");
}
