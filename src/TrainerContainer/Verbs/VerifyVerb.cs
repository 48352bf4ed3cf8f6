using System.Globalization;
using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Stages;
using ServerlessTuning.Trainer.Verification;

namespace ServerlessTuning.Trainer.Verbs;

/// <summary><c>verify</c>: reference numbers of a folder against this machine's; a self-test of the trainer where it will run.</summary>
public static class VerifyVerb
{
    public const string Usage = "verify <folder>   (reference cases: index.json beside their files; exit 1 when one fails)";

    public static int Run(IReadOnlyList<string> rest)
    {
        var folder = rest is [var only] ? only : throw new RequestException($"verify: found {rest.Count} arguments, expected one, the folder of the reference cases.");
        var (passed, failed, unknown) = (0, 0, new SortedDictionary<string, int>(StringComparer.Ordinal));
        foreach (var reference in ReferenceCase.ReadAll(folder))
        {
            using (reference)
            {
                var verdict = Verification.Verification.Run(reference);
                if (verdict is null)
                {
                    unknown[reference.Kind] = unknown.GetValueOrDefault(reference.Kind) + 1;
                    continue;
                }

                (passed, failed) = verdict.IsAllowed ? (passed + 1, failed) : (passed, failed + 1);
                Console.Out.WriteLine(Line(reference, verdict));
            }
        }

        Console.Out.WriteLine($"{passed} passed, {failed} failed, {unknown.Values.Sum()} not covered");
        Console.Out.WriteLine(unknown.Count == 0 ? "every kind is covered" : $"not covered: {string.Join(", ", unknown.Select(kind => $"{kind.Key} ({kind.Value})"))}");
        return failed == 0 ? ExitCodes.Done : 1;
    }

    private static string Line(ReferenceCase reference, Deviation verdict) => string.Create(CultureInfo.InvariantCulture,
        $"{(verdict.IsAllowed ? "ok    " : "FAILED")} {reference.Kind,-17} {reference.Id,-28} {Shown(verdict)}");

    private static string Shown(Deviation verdict) => string.Create(CultureInfo.InvariantCulture,
        $"{(double.IsInfinity(verdict.Found) ? "wrong" : verdict.Found.ToString("0.0e+0", CultureInfo.InvariantCulture))} (allowed {verdict.Allowed:0.0e+0}) at {verdict.What}");
}
