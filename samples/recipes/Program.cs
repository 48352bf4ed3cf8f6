using System.IO.Compression;
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
    case ["order", var model, var report, var order, var steps]:
        PretrainingOrder.Write(model, report, order, int.Parse(steps));
        return 0;
    case ["verse-forms", var verses, var output]:
        VerseForms.Write(verses, output);
        return 0;
    case ["spam", var package, var output, var asText]:
        WriteSpam(package, output, asText);
        return 0;
    case ["encoder", var corpus, var package, var work, var model]:
        WriteEncoder(corpus, package, work, model);
        return 0;
    case ["translator", var corpus, var work, var model]:
        WriteTranslator(corpus, work, model);
        return 0;
    case ["verses", var output]:
        WriteVerses(output);
        return 0;
    default:
        Console.Error.WriteLine("""
            recipes corpus <sources> <output>         the pretraining text of the sample base: train.jsonl, valid.jsonl, test.jsonl
            recipes tokenizer <corpus> <model>        trains the vocabulary on it: tokenizer.json
            recipes order <model> <report> <order> <steps>          the work order that pretrains a model
            recipes verse-forms <verses> <output>     the verses as preferences, prompts, and to go on with
            recipes spam <package> <output> <as text> the mails of npm's package, with labels and as pairs of texts
            recipes encoder <corpus> <package> <work> <model>       vocabulary and text of the sample encoder
            recipes translator <corpus> <work> <model>              vocabulary and gapped text of the sample translator
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

static void WriteSpam(string package, string output, string asText)
{
    // For a model that answers with a text, and short: its attention costs more.
    const int Short = 300;
    Directory.CreateDirectory(asText);
    var bayes = new NaiveBayes();
    foreach (var split in Mails.Read(package).GroupBy(mail => mail.Split).OrderBy(split => split.Key != "train"))
    {
        var mails = split.ToList();
        WriteLines(Path.Combine(output, split.Key + ".jsonl.gz"), mails.Select(mail => JsonSerializer.Serialize(new { text = mail.Text, label = mail.IsSpam ? "spam" : "ham" }, RecipeJson.Options)));
        WriteLines(Path.Combine(asText, split.Key + ".jsonl.gz"), mails.Select(mail =>
            JsonSerializer.Serialize(new { prompt = mail.Text[..Math.Min(Short, mail.Text.Length)], completion = mail.IsSpam ? "spam" : "ham" }, RecipeJson.Options)));
        mails.ForEach(mail => { if (split.Key == "train") { bayes.Learn(mail.Text, mail.IsSpam); } });
        Console.WriteLine($"{split.Key}: {mails.Count:N0} mails, {mails.Count(mail => mail.IsSpam):N0} spam, naive Bayes {mails.Average(mail => bayes.IsSpam(mail.Text) == mail.IsSpam ? 1.0 : 0):0.0000}");
    }
}

static void WriteEncoder(string corpus, string package, string work, string model)
{
    // Of the mails only those that the sample dataset trains on, and without their labels.
    var mails = Mails.Read(package).Where(mail => mail.Split == "train").Select(mail => mail.Text).ToList();
    var texts = CorpusTexts(corpus, "train").Concat(mails).ToList();
    SampleVocabulary.Write(texts, 6000, ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], "[CLS]", "[SEP]", model);
    WriteTexts(work, "train", texts);
    WriteTexts(work, "valid", CorpusTexts(corpus, "valid"));
    WriteTexts(work, "test", CorpusTexts(corpus, "test"));
}

static void WriteTranslator(string corpus, string work, string model)
{
    SampleVocabulary.Write(CorpusTexts(corpus, "train"), 4096, ["<pad>", "</s>", "<unk>", .. SpanCorruption.Sentinels], null, "</s>", model);
    Directory.CreateDirectory(work);
    foreach (var split in new[] { "train", "valid", "test" })
    {
        File.WriteAllLines(Path.Combine(work, split + ".jsonl"), CorpusTexts(corpus, split).Select(SpanCorruption.Of).Where(pair => pair is not null)
            .Select(pair => JsonSerializer.Serialize(new { prompt = pair!.Value.Source, completion = pair.Value.Target }, RecipeJson.Options)));
    }
}

static void WriteTexts(string folder, string split, IEnumerable<string> texts)
{
    Directory.CreateDirectory(folder);
    File.WriteAllLines(Path.Combine(folder, split + ".jsonl"), texts.Select(text => JsonSerializer.Serialize(new { text }, RecipeJson.Options)));
}

// The plain documents of the corpus: conversations are for decoders.
static IEnumerable<string> CorpusTexts(string corpus, string split) => File.ReadLines(Path.Combine(corpus, split + ".jsonl"))
    .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("text").GetString()!).Where(text => !text.StartsWith("<|im_start|>", StringComparison.Ordinal));

static void WriteLines(string path, IEnumerable<string> lines)
{
    using var packed = new GZipStream(File.Create(path), CompressionLevel.SmallestSize);
    using var writer = new StreamWriter(packed);
    foreach (var line in lines)
    {
        writer.Write(line + "\n");
    }
}
