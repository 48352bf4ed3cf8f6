namespace ServerlessTuning.Datasets.Checkpoints;

/// <summary>One tensor of a safetensors file.</summary>
/// <param name="TypeName">The element type as the file names it, such as <c>BF16</c>; it may be one that the product does not read.</param>
/// <param name="Shape">Empty for a scalar.</param>
/// <param name="Begin">First byte, counted from the start of the file.</param>
/// <param name="Bytes">Length of the data.</param>
public sealed record SafetensorsEntry(string Name, string TypeName, IReadOnlyList<long> Shape, long Begin, long Bytes)
{
    /// <summary>Null for a type that the product does not read: an error only when such a tensor is asked for.</summary>
    public SafetensorsType? Type { get; } = SafetensorsTypes.Named(TypeName);

    /// <summary>Product of the shape.</summary>
    public long Elements => Shape.Aggregate(1L, (product, size) => product * size);
}
