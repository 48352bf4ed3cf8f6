namespace Microsoft.ML.Tokenizers;

/// <summary>One token of a text.</summary>
/// <param name="value">As the vocabulary spells it.</param>
/// <param name="offset">Chars of the text that it stands for; a token that ends within a character covers it, the one that goes on is empty.</param>
public readonly struct EncodedToken(int id, string value, Range offset) : IEquatable<EncodedToken>
{
    public int Id { get; } = id;

    public string Value { get; } = value;

    public Range Offset { get; } = offset;

    public bool Equals(EncodedToken other) => Id == other.Id && Value == other.Value && Offset.Equals(other.Offset);

    public override bool Equals(object? obj) => obj is EncodedToken other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(Id, Value, Offset);
}
