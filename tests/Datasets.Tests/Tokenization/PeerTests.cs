using System.Diagnostics;
using System.Text.Json;
using ServerlessTuning.Datasets.Tokenization;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Datasets.Tests.Tokenization;

/// <summary>
/// 10,000 mixed lines (English, code, Chinese, Arabic, emoji, control characters, one of a megabyte) through real vocabularies: the ids of
/// @huggingface/tokenizers and js-tiktoken, and the text again.
/// </summary>
public sealed class PeerTests(PeerIds peer) : IClassFixture<PeerIds>
{
    [PeerTheory]
    [InlineData("gpt2", true)]
    [InlineData("qwen3", false)] // its normalizer composes characters: the text comes back composed
    [InlineData("cl100k", true)]
    [InlineData("bert", false)]
    public void Ids_are_those_of_the_peer_and_decode_to_the_text(string vocabulary, bool isLossless)
    {
        var tokenizer = ModelTokenizer.FromJson(peer.Text($"{vocabulary}.json"));
        var lines = peer.Lines<string>("lines.jsonl");
        var wrong = new List<string>();

        foreach (var (line, expected) in lines.Zip(peer.Lines<int[]>($"{vocabulary}.ids.jsonl")))
        {
            var ids = tokenizer.Encode(line);
            if (!ids.SequenceEqual(expected))
            {
                var same = ids.Zip(expected).TakeWhile(pair => pair.First == pair.Second).Count();
                wrong.Add($"{JsonSerializer.Serialize(line.Length > 200 ? line[..200] : line)}\n  after {same} ids, \"{tokenizer.Decode(ids.Take(same).TakeLast(20))}\"\n"
                    + $"  expected {string.Join(' ', expected.Skip(same).Take(20))}\n  found    {string.Join(' ', ids.Skip(same).Take(20))}");
            }
            else if (isLossless && tokenizer.Decode(ids) != line)
            {
                wrong.Add($"{JsonSerializer.Serialize(line.Length > 200 ? line[..200] : line)} decoded to {JsonSerializer.Serialize(tokenizer.Decode(ids.Take(60)))}");
            }
        }

        Assert.Equal(10_000, lines.Count);
        Assert.True(wrong.Count == 0, $"{wrong.Count} lines differ:\n{string.Join('\n', wrong.Take(5))}");
    }

    [PeerFact]
    public void A_text_that_was_encoded_and_decoded_encodes_to_the_same_ids()
    {
        var tokenizer = ModelTokenizer.FromJson(peer.Text("qwen3.json"));

        Assert.All(peer.Lines<string>("lines.jsonl").Take(2000), line =>
        {
            var ids = tokenizer.Encode(line);
            Assert.Equal(ids, tokenizer.Encode(tokenizer.Decode(ids)));
        });
    }
}

/// <summary>What the peers say, asked once.</summary>
public sealed class PeerIds : IDisposable
{
    private readonly string folder = Repository.NewFolder();

    public PeerIds()
    {
        if (!PeerFactAttribute.Installed)
        {
            return;
        }

        using var node = Process.Start(new ProcessStartInfo("node", [Path.Combine(Repository.Root, "tests", "peers", "encode.mjs"), folder]) { RedirectStandardError = true })!;
        var error = node.StandardError.ReadToEnd();
        node.WaitForExit();
        Assert.True(node.ExitCode == 0, error);
    }

    public string Text(string name) => File.ReadAllText(Path.Combine(folder, name));

    public List<T> Lines<T>(string name) => [.. File.ReadLines(Path.Combine(folder, name)).Select(line => JsonSerializer.Deserialize<T>(line)!)];

    public void Dispose() => Directory.Delete(folder, recursive: true);
}

public sealed class PeerFactAttribute : FactAttribute
{
    public PeerFactAttribute() => Skip = SkipReason;

    internal static bool Installed => Directory.Exists(Path.Combine(Repository.Root, "tests", "peers", "node_modules"));

    internal static string? SkipReason => Installed || Environment.GetEnvironmentVariable("CI") == "true" ? null : "tests/peers has no node_modules; ./test installs them";
}

public sealed class PeerTheoryAttribute : TheoryAttribute
{
    public PeerTheoryAttribute() => Skip = PeerFactAttribute.SkipReason;
}
