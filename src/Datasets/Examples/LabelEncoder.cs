using System.Globalization;
using System.Text;
using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Tokenization;
using ServerlessTuning.Datasets.Validation;

namespace ServerlessTuning.Datasets.Examples;

/// <summary>A text between the tokens that the model puts around one, and its labels as numbers: a class's id, a 1 or 0 for each label, or a number.</summary>
internal sealed class LabelEncoder(ModelTokenizer tokenizer, LengthRule rule, LabelSet labels) : IExampleEncoder
{
    private readonly FramedText framed = new(tokenizer);
    private readonly Dictionary<string, int> ids = labels.Names.Index().ToDictionary(static label => label.Item, static label => label.Index);
    private readonly TokenSequence tokens = new();

    public IEnumerable<EncodedExample> Encode(ExampleRecord example, LineProblems problems)
    {
        var text = Encoding.UTF8.GetString(example[example.Turns[0].Content]);
        framed.Write(text, tokens, isLearned: false);
        return rule.Fit(tokens, framed.After, problems)
            ? [new([new(tokens, ..)], Targets(example), () => new(text, text, string.Join(", ", example.Labels)), [new(text, false), new($" → {string.Join(", ", example.Labels)}", true)])] : [];
    }

    private float[] Targets(ExampleRecord example)
    {
        if (labels.Problem == ProblemType.Regression)
        {
            return [float.Parse(example.Labels[0], CultureInfo.InvariantCulture)];
        }

        if (labels.Problem == ProblemType.SingleLabel)
        {
            return [ids[example.Labels[0]]];
        }

        var each = new float[labels.Count];
        foreach (var label in example.Labels)
        {
            each[ids[label]] = 1;
        }

        return each;
    }
}

/// <summary>Words with a tag each: a word's first token carries its tag, the others none.</summary>
internal sealed class TagEncoder(ModelTokenizer tokenizer, LengthRule rule, LabelSet labels) : IExampleEncoder
{
    private readonly FramedText framed = new(tokenizer);
    private readonly Dictionary<string, int> ids = labels.Names.Index().ToDictionary(static label => label.Item, static label => label.Index);
    private readonly bool marksSpaces = !tokenizer.Encode("x").SequenceEqual(tokenizer.Encode(" x"));
    private readonly TokenSequence tokens = new();

    public IEnumerable<EncodedExample> Encode(ExampleRecord example, LineProblems problems)
    {
        var words = example.Turns.Select(turn => Encoding.UTF8.GetString(example[turn.Content])).ToList();
        tokens.Clear();
        framed.WriteBefore(tokens);
        foreach (var (i, word) in words.Index())
        {
            var label = ids[example.Labels[i]];
            foreach (var id in tokenizer.Encode(marksSpaces && i > 0 ? " " + word : word))
            {
                tokens.AddLabeled(id, label);
                label = TokenSequence.NoLoss;
            }
        }

        framed.WriteAfter(tokens);
        var text = string.Join(' ', words);
        var tags = string.Join(' ', example.Labels);
        return rule.Fit(tokens, framed.After, problems) ? [new([new(tokens, ..)], null, () => new(text, text, tags), [new(text, false), new($" → {tags}", true)])] : [];
    }
}
