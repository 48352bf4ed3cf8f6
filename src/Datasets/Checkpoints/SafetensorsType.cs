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
    /// <summary>Bytes of one element.</summary>
    public static int Size(this SafetensorsType type) => type switch
    {
        SafetensorsType.BOOL or SafetensorsType.U8 or SafetensorsType.I8 => 1,
        SafetensorsType.I16 or SafetensorsType.F16 or SafetensorsType.BF16 => 2,
        SafetensorsType.I32 or SafetensorsType.F32 => 4,
        _ => 8,
    };
}
