using ServerlessTuning.Datasets.Tokenization;

namespace ServerlessTuning.Datasets.Tests.Tokenization;

public sealed class BpeTrainerTests
{
    [Fact]
    public void The_most_frequent_pair_becomes_a_token_first()
    {
        // "low" 5 times, "lower" 2 times, "newest" 6 times, "widest" 3 times: the example of Sennrich et al.; there "e s" comes first, with 9 of 9.
        var tokenizer = Train("low low low low low lower lower newest newest newest newest newest newest widest widest widest", 256 + 3);

        Assert.Equal([256, 257, 258], new[] { "es", "est" }.Select(token => tokenizer.TokenToId(token)!.Value).Append(258));
    }

    [Fact]
    public void A_vocabulary_encodes_what_it_was_trained_on_in_fewer_tokens_and_decodes_it_back()
    {
        const string Text = "The cat sat on the mat. The cat sat there, and the rat sat too — naïve.";
        var tokenizer = Train(Text, 290);

        var ids = tokenizer.Encode(Text);

        Assert.InRange(ids.Count, 10, 50);
        Assert.Equal(Text, tokenizer.Decode(ids));
    }

    [Fact]
    public void Special_tokens_get_the_last_ids_and_are_found_in_text()
    {
        var tokenizer = ModelTokenizer.FromJson(Trainer("aa aa aa").Train(260, ["<|a|>", "<|b|>"]));

        var count = tokenizer.VocabularySize;
        Assert.Equal([count - 1, 'x', count - 2], tokenizer.Encode("<|b|>x<|a|>"));
        Assert.True(tokenizer.IsSpecial(count - 1));
    }

    [Fact]
    public void The_same_text_in_any_order_gives_the_same_file()
    {
        var forward = new BpeTrainer();
        var backward = new BpeTrainer();
        string[] texts = ["one two three", " four five six", " one two", " six six four"];
        foreach (var (first, second) in texts.Zip(texts.Reverse()))
        {
            forward.Add(first);
            backward.Add(second);
        }

        Assert.Equal(forward.Train(280, ["<s>"]), backward.Train(280, ["<s>"]));
    }

    [Fact]
    public void A_vocabulary_smaller_than_the_bytes_and_special_tokens_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new BpeTrainer().Train(256, ["<s>"]));

    private static ModelTokenizer Train(string text, int size) => ModelTokenizer.FromJson(Trainer(text).Train(size, []));

    private static BpeTrainer Trainer(string text)
    {
        var trainer = new BpeTrainer();
        trainer.Add(text);
        return trainer;
    }
}
