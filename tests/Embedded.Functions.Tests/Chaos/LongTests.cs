namespace ServerlessTuning.Embedded.Functions.Tests.Chaos;

/// <summary>Whether the tests here run in their long forms: <c>./test --long</c>.</summary>
internal static class LongTests
{
    public static bool Wanted => Environment.GetEnvironmentVariable("TUNING_LONG_TESTS") == "1";
}
