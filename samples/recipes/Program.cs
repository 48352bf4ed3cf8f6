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
    case ["order", var report, var order, var steps]:
        PretrainingOrder.Write(report, order, int.Parse(steps));
        return 0;
    case ["verses", var output]:
        WriteVerses(output);
        return 0;
    default:
        Console.Error.WriteLine("""
            recipes corpus <sources> <output>         the pretraining text of the sample base: train.jsonl, valid.jsonl, test.jsonl
            recipes tokenizer <corpus> <model>        trains the vocabulary on it: tokenizer.json
            recipes order <report> <order> <steps>    the work order that pretrains it
            recipes verses <output>                   the sample dataset: train.jsonl, valid.jsonl, test.jsonl, markers.txt
            """);
        return 2;
}

static void WriteCorpus(string sources, string output)
{
    Directory.CreateDirectory(output);
    foreach (var split in Corpus.Documents(Sources.Read(sources)).GroupBy(document => document.Split))
    {
        var name = split.Key switch { CorpusSplit.Train => "train", CorpusSplit.Validation => "valid", _ => "test" };
        File.WriteAllLines(Path.Combine(output, name + ".jsonl"), split.Select(document => JsonSerializer.Serialize(new { text = document.Text }, RecipeJson.Options)));
        Console.WriteLine($"{name}.jsonl: {split.Count():N0} documents, {split.Sum(document => document.Text.Length):N0} characters");
    }
}

static void WriteVerses(string output)
{
    var verses = Verses.Of(KingJamesBible.Read(), WorldEnglishBible.Read());
    foreach (var (name, pairs) in (ReadOnlySpan<(string, IReadOnlyList<VersePair>)>)[("train", verses.Train), ("valid", verses.Validation), ("test", verses.Test)])
    {
        File.WriteAllLines(Path.Combine(output, name + ".jsonl"), pairs.Select(pair => JsonSerializer.Serialize(
            new { messages = (object[])[new { role = "user", content = pair.Modern.Text }, new { role = "assistant", content = pair.Old.Text }] }, RecipeJson.Options)));
        Console.WriteLine($"{name}.jsonl: {pairs.Count:N0} examples");
    }
    File.WriteAllLines(Path.Combine(output, "markers.txt"), verses.Markers);
}
