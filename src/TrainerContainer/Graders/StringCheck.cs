using ServerlessTuning.Contracts;

namespace ServerlessTuning.Trainer.Graders;

/// <summary>Compares texts character by character.</summary>
public static class StringCheck
{
    /// <returns>1 when the operation holds, else 0.</returns>
    public static double Score(StringOperation operation, string input, string reference) => operation switch
    {
        StringOperation.Eq => input == reference,
        StringOperation.Ne => input != reference,
        StringOperation.Like => input.Contains(reference, StringComparison.Ordinal),
        _ => input.Contains(reference, StringComparison.OrdinalIgnoreCase),
    } ? 1 : 0;
}
