namespace ServerlessTuning.Datasets.Checkpoints;

/// <summary>Element types of a safetensors file that the product reads; the names are the format's own.</summary>
public enum SafetensorsType
{
    BOOL,
    U8,
    I8,
    I16,
    F16,
    BF16,
    I32,
    F32,
    I64,
    F64,
}

public static class SafetensorsTypes
{
    private static readonly Dictionary<string, SafetensorsType> s_byName = Enum.GetValues<SafetensorsType>().ToDictionary(type => type.ToString());

    /// <summary>Bytes of one element.</summary>
    public static int Size(this SafetensorsType type) => type switch
    {
        SafetensorsType.BOOL or SafetensorsType.U8 or SafetensorsType.I8 => 1,
        SafetensorsType.I16 or SafetensorsType.F16 or SafetensorsType.BF16 => 2,
        SafetensorsType.I32 or SafetensorsType.F32 => 4,
        _ => 8,
    };

    /// <summary>Null for a type that the product does not read.</summary>
    internal static SafetensorsType? Named(string name) => s_byName.TryGetValue(name, out var type) ? type : null;

    /// <summary>Of types that the format knows too, so that their tensors' sizes can be checked; null for a name that is newer than this list.</summary>
    internal static int? Bits(string name) => Named(name) is { } type ? 8 * type.Size() : name switch
    {
        "F4" => 4,
        "F6_E2M3" or "F6_E3M2" => 6,
        "F8_E4M3" or "F8_E5M2" or "F8_E8M0" or "F8_E4M3FNUZ" or "F8_E5M2FNUZ" => 8,
        "U16" => 16,
        "U32" => 32,
        "U64" or "C64" => 64,
        _ => null,
    };
}
