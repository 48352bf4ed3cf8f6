using ServerlessTuning.Contracts;

namespace ServerlessTuning.Datasets.Splitting;

/// <summary>
/// The fingerprint, read as a number in [0, 1), decides: below the test share it is test, then validation, then train. So an example falls
/// into the same split in every run and whatever stands beside it.
/// </summary>
public static class SplitByHash
{
    public static DatasetSplit Of(UInt128 fingerprint, double validation, double test)
    {
        var position = (double)(ulong)(fingerprint >> 75) / (1UL << 53);
        return position < test ? DatasetSplit.Test : position < test + validation ? DatasetSplit.Validation : DatasetSplit.Train;
    }
}
