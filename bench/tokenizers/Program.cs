// Our half of the bench: megabytes a second of each vocabulary, on one thread and on all. bench.mjs runs it and compares.
//   FOLDER TEXT        the files that tests/peers/encode.mjs wrote; lines to encode, each a JSON string
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using ServerlessTuning.Datasets.Tokenization;

var (folder, lines) = (args[0], File.ReadLines(args[1]).Select(line => JsonSerializer.Deserialize<string>(line)!).ToArray());
var megabytes = lines.Sum(line => (double)Encoding.UTF8.GetByteCount(line)) / 1e6;
var figures = new Dictionary<string, object>();
foreach (var vocabulary in (string[])["gpt2", "qwen3", "cl100k", "bert"])
{
    var opening = Stopwatch.StartNew();
    var tokenizer = ModelTokenizer.FromJson(File.ReadAllText(Path.Combine(folder, $"{vocabulary}.json")));
    var open = opening.Elapsed.TotalMilliseconds;
    figures[vocabulary] = new
    {
        one = megabytes / Fastest(() => Array.ForEach(lines, line => tokenizer.Encode(line))),
        all = megabytes / Fastest(() => Parallel.ForEach(lines, line => tokenizer.Encode(line))),
        open,
    };
}

Console.WriteLine(JsonSerializer.Serialize(figures));

// The fastest of five passes: the first ones pay for the compiler.
static double Fastest(Action pass) => Enumerable.Range(0, 5).Min(_ =>
{
    var clock = Stopwatch.StartNew();
    pass();
    return clock.Elapsed.TotalSeconds;
});
