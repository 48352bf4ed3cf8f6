using System.Text.Encodings.Web;
using System.Text.Json;
using ServerlessTuning.Recipes;

// What samples/models/make-sample-base.sh and samples/datasets/make-verses.sh call. Everything is a function of the packages' texts: the same files come out every time.
switch (args)
{
    case ["corpus", var sources, var output]:
        WriteCorpus(sources, output);
        return 0;
    case ["tokenizer", var corpus, var model]:
        SampleBase.WriteTokenizer(corpus, model);
        return 0;
    default:
        Console.Error.WriteLine("""
            recipes corpus <sources> <output>         the pretraining text of the sample base: train.jsonl, valid.jsonl, test.jsonl
            recipes tokenizer <corpus> <model>        trains the vocabulary on it: tokenizer.json
            """);
        return 2;
}

static void WriteCorpus(string sources, string output)
{
    Directory.CreateDirectory(output);
    var options = new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    foreach (var split in Corpus.Documents(Sources.Read(sources)).GroupBy(document => document.Split))
    {
        var name = split.Key switch { CorpusSplit.Train => "train", CorpusSplit.Validation => "valid", _ => "test" };
        File.WriteAllLines(Path.Combine(output, name + ".jsonl"), split.Select(document => JsonSerializer.Serialize(new { text = document.Text }, options)));
        Console.WriteLine($"{name}.jsonl: {split.Count():N0} documents, {split.Sum(document => document.Text.Length):N0} characters");
    }
}
