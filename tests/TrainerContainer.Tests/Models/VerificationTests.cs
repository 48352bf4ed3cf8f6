using ServerlessTuning.Testing;
using ServerlessTuning.Trainer.Verification;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Tests.Models;

/// <summary>Every reference case of a kind that the trainer knows, against numbers of an independent implementation that was checked against transformers.</summary>
public sealed class VerificationTests
{
    [SharedFact]
    public void Every_known_reference_case_is_within_its_tolerance()
    {
        var failed = new List<string>();
        var run = 0;
        foreach (var reference in ReferenceCase.ReadAll(Path.Combine(Repository.Shared!, "fixtures")))
        {
            using (reference)
            {
                if (Verification.Verification.Run(reference) is { } verdict)
                {
                    run++;
                    failed.AddRange(verdict.IsAllowed ? [] : [$"{reference.Id}: {verdict}"]);
                }
            }
        }

        Assert.Empty(failed);
        Assert.True(run >= 49, $"only {run} cases were run");
    }

    [Fact]
    public void A_difference_is_told_where_it_is_furthest_beyond_what_is_allowed()
    {
        using var scope = NewDisposeScope();
        var (expected, found) = (tensor(new[] { 1000f, 1f }), tensor(new[] { 1000.05f, 1.01f }));

        var verdict = Deviation.Of("logits", expected, found, (1e-4, 1e-5));

        Assert.False(verdict.IsAllowed);
        Assert.Equal(0.01, verdict.Found, 1e-4);
        Assert.Equal(1.1e-4, verdict.Allowed, 1e-6);
    }

    [Fact]
    public void What_is_no_number_is_not_allowed()
    {
        using var scope = NewDisposeScope();

        Assert.False(Deviation.Of("loss", tensor(new[] { 1f }), tensor(new[] { float.NaN }), (1, 1)).IsAllowed);
    }
}
