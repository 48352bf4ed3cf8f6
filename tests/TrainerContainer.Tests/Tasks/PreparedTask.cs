using System.Text.Json;
using ServerlessTuning.Contracts;
using ServerlessTuning.Datasets.Preparation;
using ServerlessTuning.Testing;
using ServerlessTuning.Trainer.Checkpoints;
using ServerlessTuning.Trainer.Models;
using ServerlessTuning.Trainer.Reporting;
using ServerlessTuning.Trainer.Stages;
using ServerlessTuning.Trainer.Storage;
using ServerlessTuning.Trainer.Tests.Stages;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Tests.Tasks;

/// <summary>A small dataset of a task, prepared as the functions app does, and the order that trains a tiny model of the right kind on it.</summary>
internal sealed class PreparedTask
{
    /// <summary>Every task, and its variants.</summary>
    public static IEnumerable<string> Names => Tasks.Keys;

    private const string Decoder = """ "model_type": "llama", "vocab_size": 259, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 256, "tie_word_embeddings": true, "eos_token_id": 258, "pad_token_id": 256 """;
    private const string Encoder = """ "model_type": "bert", "architectures": ["BertForMaskedLM"], "vocab_size": 259, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "max_position_embeddings": 256, "pad_token_id": 256 """;
    private const string Both = """ "model_type": "t5", "vocab_size": 259, "d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 2, "num_heads": 4, "pad_token_id": 256, "eos_token_id": 258, "decoder_start_token_id": 256 """;

    private static readonly Dictionary<string, Variant> Tasks = new()
    {
        ["supervised"] = new(TuningTask.Supervised, Decoder, Completion),
        ["pretraining"] = new(TuningTask.Pretraining, Decoder, i => new { text = $"{Words(i)} {Words(i + 3)}." }),
        ["classification"] = new(TuningTask.Classification, Encoder, i => new { text = Words(i), label = Words(i)[0] == 'o' ? "with o" : "without" }),
        ["classification by a decoder"] = new(TuningTask.Classification, Decoder, i => new { text = Words(i), label = Words(i)[0] == 'o' ? 0 : Words(i).Length > 15 ? 1 : 2 }),
        ["several labels"] = new(TuningTask.Classification, Encoder, i => new { text = Words(i), labels = new[] { "o", "s" }.Where(letter => Words(i)[0] == letter[0]) }),
        ["regression"] = new(TuningTask.Classification, Encoder, i => new { text = Words(i), label = Words(i)[0] == 'o' ? 1.5 : -0.5 }),
        ["tags"] = new(TuningTask.TokenClassification, Encoder, i => new { tokens = Words(i).Split(' '), tags = Words(i).Split(' ').Select(word => word.Length > 3 ? "long" : "short") }),
        ["tags by a decoder"] = new(TuningTask.TokenClassification, Decoder, i => new { tokens = Words(i).Split(' '), ner_tags = Words(i).Split(' ').Select(word => word.Length % 2) }),
        ["masked language"] = new(TuningTask.MaskedLanguage, Encoder, i => new { text = $"{Words(i)} {Words(i + 1)}" }),
        ["sequence to sequence"] = new(TuningTask.SequenceToSequence, Both, Completion),
        ["dpo"] = new(TuningTask.Preference, Decoder, Pair, new(PreferenceLossType.Sigmoid, 0.5)),
        ["ipo"] = new(TuningTask.Preference, Decoder, Pair, new(PreferenceLossType.Ipo, 0.5)),
        ["hinge"] = new(TuningTask.Preference, Decoder, Pair, new(PreferenceLossType.Hinge, 0.5)),
        ["robust"] = new(TuningTask.Preference, Decoder, Pair, new(PreferenceLossType.Robust, 0.5, LabelSmoothing: 0.1)),
        ["orpo"] = new(TuningTask.Preference, Decoder, ChatPair, new(PreferenceLossType.Orpo, 0.5)),
        ["simpo"] = new(TuningTask.Preference, Decoder, Pair, new(PreferenceLossType.Simpo, 2, Gamma: 0.5)),
        ["kto"] = new(TuningTask.Preference, Decoder, i => new { prompt = Words(i), completion = i % 2 == 0 ? " yes." : " no.", label = i % 2 == 0 }, new(PreferenceLossType.Kto, 0.5)),
        ["reward"] = new(TuningTask.Reward, Decoder, Pair),
        ["reward by an encoder"] = new(TuningTask.Reward, Encoder, Pair),
        ["grpo"] = Rewarded(PolicyAverage.Grpo, ImportanceLevel.Token, beta: 0.04),
        ["bnpo"] = Rewarded(PolicyAverage.Bnpo, ImportanceLevel.Token, beta: 0),
        ["dapo"] = Rewarded(PolicyAverage.Dapo, ImportanceLevel.Token, beta: 0),
        ["dr_grpo"] = Rewarded(PolicyAverage.DrGrpo, ImportanceLevel.Token, beta: 0),
        ["gspo"] = Rewarded(PolicyAverage.Grpo, ImportanceLevel.Sequence, beta: 0),
    };

    private readonly DatasetReport report;
    private readonly Variant variant;

    private PreparedTask(Variant variant, DatasetReport report, string root) => (this.variant, this.report, Work) = (variant, report, new(root));

    private sealed record Variant(TuningTask Task, string Config, Func<int, object> Example, PreferencePlan? Preference = null, ReinforcementPlan? Reinforcement = null);

    public WorkFolder Work { get; }

    public TuningTask Task => variant.Task;

    public static async Task<PreparedTask> Of(string name)
    {
        var variant = Tasks[name];
        var work = new WorkFolder(Repository.NewFolder());
        Directory.Move(TinyBase.Create(), work.Base);
        Become(work.Base, variant.Config);
        var file = Path.Combine(work.Root, "train.jsonl");
        File.WriteAllLines(file, Enumerable.Range(0, 60).Select(i => JsonSerializer.Serialize(variant.Example(i))));
        var request = new TuningRequest(Task: variant.Task, Hyperparameters: new(ContextLength: 96), Split: new(0.1, 0.15));
        var report = await LocalPreparation.RunAsync(new(request, [new(file, "", new FileInfo(file).Length, DatasetSplit.Train)]), new FolderStore(work.Base, work.Dataset), 1 << 20, 1, default);
        Assert.True(report.Usable, string.Join('\n', report.Problems));
        return new(variant, report, work.Root);
    }

    /// <param name="lora">Else all weights train.</param>
    /// <param name="rows">Rows of a step; how many are computed at once.</param>
    /// <param name="dropout">Of the hidden states.</param>
    public WorkOrder Order(bool lora = true, int steps = 12, int rows = 4, int atOnce = 4, double dropout = 0)
    {
        string[] heads = variant.Task is TuningTask.Classification or TuningTask.TokenClassification or TuningTask.Reward ? ["classifier", "pooler", "score"] : [];
        var training = new TrainingPlan(
            steps, 1, lora && variant.Reinforcement is not null ? 0.03 : 0.005, ScheduleType.Constant, 0, 1, BatchTokens: rows * 96 * report.SequencesPerExample, ContextLength: 96, MicroBatchRows: atOnce, EvaluateEverySteps: 4, CheckpointEverySteps: 4,
            Precision.Float32, Recompute: false, SequencesPerExample: report.SequencesPerExample, Dropout: dropout);
        var layers = variant.Config == Both ? new[] { "q", "v", "wo" } : variant.Config == Encoder ? ["query", "value", "output.dense"] : ["q_proj", "v_proj", "down_proj"];
        var plan = new TuningPlan("tiny", "tiny", variant.Task, lora ? new LoraConfig(8, 16, 0, layers, ModulesToSave: heads.Length > 0 ? heads : null) : null, FromScratch: false, training, new GateRequest(-1),
            null, Seed: 7, [], Preference: variant.Preference, Reinforcement: variant.Reinforcement);
        return new(TinyRun.Id, 1, 1, plan, report, [Stage.Train, Stage.Evaluate, Stage.Export], 0.2, 120);
    }

    /// <summary>What a stage works with, without a storage.</summary>
    public StageContext Context(WorkOrder order)
    {
        var log = new RunLog(TextWriter.Null, TimeProvider.System);
        return new(BlobStores.Open($"file://{Work.Root}/storage", TimeProvider.System, _ => { }), order, Work, new StopRequest(), new Progress(TimeProvider.System, Stage.Train), new MetricsLog(), log,
            null!, new RunModels(order.Plan, order.Dataset.Labels, Work));
    }

    private static object Completion(int i) => new { prompt = $"{Words(i)} is", completion = $" {i % 4}." };

    private static object Pair(int i) => new { prompt = Words(i), chosen = $" {i % 4} it is.", rejected = $" no {i % 3}" };

    private static object ChatPair(int i) => new
    {
        input = new { messages = new[] { new { role = "user", content = Words(i) } } },
        preferred_output = new[] { new { role = "assistant", content = $"{i % 4} it is." } },
        non_preferred_output = new[] { new { role = "assistant", content = "no" } },
    };

    private static Variant Rewarded(PolicyAverage average, ImportanceLevel level, double beta) => new(TuningTask.Reinforcement, Decoder, i => new { prompt = Words(i), letter = "e" }, Reinforcement: new(
        JsonElement.Parse("""{ "type": "regex", "name": "letters", "input": "{{ sample.output_text }}", "pattern": "[a-m]" }"""), 4, 6, Temperature: 1, TopP: 1, beta, average, level, 0.2, 0.2, RewardScale.Group));

    private static string Words(int i) => string.Join(' ', Enumerable.Range(0, 3 + i % 4).Select(k => new[] { "one", "seven", "four", "eleven", "of", "two" }[(i * 7 + k * k + i / 6) % 6]));

    /// <summary>The folder keeps its tokenizer, with a mask, and gets another model.</summary>
    private static void Become(string folder, string config)
    {
        var tokenizer = Path.Combine(folder, "tokenizer.json");
        File.WriteAllText(tokenizer, File.ReadAllText(tokenizer).Replace(@"\u003C|im_start|\u003E", config == Encoder ? "[MASK]" : "<|im_start|>", StringComparison.Ordinal));
        File.WriteAllText(Path.Combine(folder, "config.json"), $"{{{config}}}");
        using var scope = NewDisposeScope();
        using var model = ModelFolder.Create(folder, seed: 1, ScalarType.Float32, CPU);
        using var file = File.Create(Path.Combine(folder, "model.safetensors"));
        TensorFiles.Write(file, model.Parameters.Select(item => (item.Name, (Tensor)item.Parameter)));
    }
}
