using ServerlessTuning.Datasets.Examples;
using ServerlessTuning.Datasets.Templates;
using ServerlessTuning.Datasets.Tests.Tokenization;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Datasets.Tests.Preparation;

/// <summary>Examples through a tokenizer that marks word starts (Llama 2's kind): tokens and labels are those of the whole text.</summary>
public sealed class SpanAlignmentTests
{
    [SharedFact]
    public void The_tokens_are_those_of_the_whole_text_and_the_answer_carries_the_loss()
    {
        var tokenizer = ReferenceEncodings.Load("llama2").Files.Load();
        TextSegment[] segments = [new("<s>[INST] the quick [/INST]", false), new(" brown fox </s>", true), new("<s>[INST] say é語 [/INST]", false), new("ok</s>", true)];
        var sequence = new TokenSequence();

        new ExampleTokenizer(tokenizer, everything: false).Tokenize(new(segments, EndOfSequence: false, () => throw new InvalidOperationException()), sequence);

        var whole = tokenizer.Encode(string.Concat(segments.Select(segment => segment.Text)));
        Assert.Equal(whole, sequence.Ids.ToArray());
        var learned = sequence.Labels.ToArray().Where(label => label != TokenSequence.NoLoss).ToList();
        Assert.Equal("brown fox </s>ok</s>", tokenizer.Decode(learned).Replace("ok ", "ok", StringComparison.Ordinal).Trim());
        Assert.NotEqual(whole, [.. segments.SelectMany(segment => tokenizer.Encode(segment.Text))]); // what piecewise would have made of it
    }
}
