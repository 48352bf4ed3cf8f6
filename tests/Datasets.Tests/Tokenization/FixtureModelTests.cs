using System.Text.Json;
using ServerlessTuning.Datasets.Tokenization;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Datasets.Tests.Tokenization;

/// <summary>The tokenizers beside the reference models, which lack letters, bytes and words, on lines that need them; expectations by tests/peers/fixtures.mjs.</summary>
public sealed class FixtureModelTests
{
    private sealed record Expected(string M, List<string> Lines, List<List<int>> A, List<List<int>> B);

    [SharedFact]
    public void Every_reference_models_tokenizer_gives_the_peers_ids()
    {
        var options = new JsonSerializerOptions { PropertyNameCaseInsensitive = true };
        foreach (var line in File.ReadLines(Path.Combine(Repository.Root, "tests", "Datasets.Tests", "Tokenization", "fixture-models.jsonl")))
        {
            var expected = JsonSerializer.Deserialize<Expected>(line, options)!;
            var tokenizer = ModelTokenizer.FromFolder(Path.Combine(Repository.Shared!, "fixtures", "models", expected.M));

            Assert.Equal(expected.A, expected.Lines.Select(tokenizer.EncodeWithSpecialTokens));
            Assert.Equal(expected.B, expected.Lines.Select(tokenizer.Encode));
        }
    }
}
