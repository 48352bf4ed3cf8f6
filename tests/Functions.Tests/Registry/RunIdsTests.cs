using ServerlessTuning.Contracts;
using ServerlessTuning.Functions.Registry;

namespace ServerlessTuning.Functions.Tests.Registry;

public sealed class RunIdsTests
{
    [Fact]
    public void The_same_delivery_twice_is_the_same_run_and_a_changed_file_another()
    {
        var first = RunIds.OfDrop("verses", "verses/train.jsonl", "\"0x1\"");

        Assert.Equal(first, RunIds.OfDrop("verses", "verses/train.jsonl", "\"0x1\""));
        Assert.NotEqual(first, RunIds.OfDrop("verses", "verses/train.jsonl", "\"0x2\""));
        Assert.NotEqual(first, RunIds.OfDrop("verses", "verses/tuning.json", "\"0x1\""));
        Assert.Matches("^verses-[0-9a-f]{12}$", first);
    }

    [Theory]
    [InlineData("King James, 1611!", "king-james-1611")]
    [InlineData("---", "dataset")]
    [InlineData("Übung", "bung")]
    [InlineData("a-very-long-name-of-a-dataset-that-goes-on-and-on", "a-very-long-name-of-a-dataset-that-goes")]
    public void A_slug_has_only_what_ids_and_blob_names_may_have(string name, string slug) => Assert.Equal(slug, RunIds.Slug(name));

    [Fact]
    public void A_fingerprint_changes_with_any_etag_and_any_wish()
    {
        var frozen = new FrozenRequest(new("verses", "tiny"), [new("verses/train.jsonl", "\"1\"", 10, DatasetSplit.Train)]);

        Assert.Equal(RunIds.Fingerprint(frozen), RunIds.Fingerprint(frozen with { Files = [.. frozen.Files] }));
        Assert.NotEqual(RunIds.Fingerprint(frozen), RunIds.Fingerprint(frozen with { Files = [frozen.Files[0] with { ETag = "\"2\"" }] }));
        Assert.NotEqual(RunIds.Fingerprint(frozen), RunIds.Fingerprint(frozen with { Request = frozen.Request with { Seed = 1 } }));
    }
}
