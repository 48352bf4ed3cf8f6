using ServerlessTuning.Datasets.Tokenization;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Datasets.Tests.Tokenization;

/// <summary>Tokenizers of models that have no tokenizer.json.</summary>
public sealed class TokenizerFolderTests
{
    private static readonly string s_made = Path.Combine(Repository.Root, "tests", "Datasets.Tests", "Tokenization", "sentencepiece");

    [Theory]
    [InlineData("unigram")]
    [InlineData("bpe")]
    public void A_SentencePiece_model_gives_SentencePieces_ids(string kind)
    {
        var folder = Repository.NewFolder();
        File.Copy(Path.Combine(s_made, $"{kind}.model"), Path.Combine(folder, "tokenizer.model"));

        var tokenizer = ModelTokenizer.FromFolder(folder);

        var expected = File.ReadAllLines(Path.Combine(s_made, $"{kind}.ids"));
        Assert.Equal(expected, File.ReadAllLines(Path.Combine(s_made, "lines.txt")).Select(line => string.Join(' ', tokenizer.Encode(line))));
    }

    [SharedTheory]
    [InlineData("gpt2", "vocab.json", "merges.txt")]
    [InlineData("bert-uncased", "vocab.txt")]
    public void Older_files_give_the_ids_of_the_new_one(string name, params string[] files)
    {
        var folder = Repository.NewFolder();
        foreach (var file in files.Append("tokenizer_config.json"))
        {
            File.Copy(Path.Combine(Repository.Shared!, "fixtures", "tokenizers", name, file), Path.Combine(folder, file));
        }

        var tokenizer = ModelTokenizer.FromFolder(folder);

        Assert.All(ReferenceEncodings.Load(name).Cases, item => Assert.Equal(item.Ids, tokenizer.EncodeWithSpecialTokens(item.Text)));
    }

    [Fact]
    public void A_folder_without_any_names_what_could_be_there() =>
        Assert.Contains("vocab.json and merges.txt, vocab.txt, tokenizer.model", Assert.Throws<TokenizerException>(() => ModelTokenizer.FromFolder(Repository.NewFolder())).Message, StringComparison.Ordinal);

    [Fact]
    public void Damaged_SentencePiece_models_are_refused_or_read()
    {
        var whole = File.ReadAllBytes(Path.Combine(s_made, "bpe.model"));
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var damaged = whole[..random.Next(whole.Length)];
            for (var flip = 0; flip < 4 && damaged.Length > 0; flip++)
            {
                damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            }

            try
            {
                SentencePieceModel.Read(damaged);
            }
            catch (TokenizerException)
            {
                // what is promised
            }
        }
    }
}
