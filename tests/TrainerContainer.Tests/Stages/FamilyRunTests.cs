using System.Text.Json.Nodes;
using ServerlessTuning.Contracts;
using ServerlessTuning.Trainer.Checkpoints;
using ServerlessTuning.Trainer.Models;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Tests.Stages;

/// <summary>A whole run, from download to read-back export, over a small random model of each family of decoders and each kind of adapter.</summary>
public sealed class FamilyRunTests
{
    private const string Sizes = """
        "vocab_size": 259, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8,
        "max_position_embeddings": 256, "sliding_window": 40, "eos_token_id": 258, "pad_token_id": 256
        """;

    [Theory]
    [InlineData("mistral", Sizes, "lora")]
    [InlineData("qwen2", Sizes, "rslora")]
    [InlineData("qwen3", Sizes, "dora")]
    [InlineData("gemma2", Sizes, "qlora")]
    [InlineData("gemma3_text", Sizes, "full")]
    [InlineData("phi3", Sizes + """, "rope_scaling": { "type": "longrope", "short_factor": [1, 1, 1, 1], "long_factor": [1, 2, 4, 8] }, "original_max_position_embeddings": 64""", "qlora")]
    [InlineData("gpt2", """ "vocab_size": 259, "n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 256, "eos_token_id": 258 """, "dora")]
    public async Task A_whole_run_learns_and_publishes_what_it_learned(string family, string config, string kind)
    {
        var order = TinyRun.Order(steps: 8, checkpointEvery: 4, lora: kind != "full");
        var lora = new LoraConfig(4, 8, 0, ["all-linear"], RankStabilized: kind == "rslora", Decomposed: kind == "dora", QuantizedBase: kind == "qlora");
        order = order with { Plan = order.Plan with { Lora = kind == "full" ? null : lora, Training = order.Plan.Training with { Recompute = kind == "qlora" } } };
        await using var run = await TinyRun.Create(order, changeBase: folder => Become(folder, family, config));

        var exit = await run.RunHere();

        Assert.True(exit == ExitCodes.Done, run.Output.ToString());
        var report = await run.Read<EvaluationReport>(BlobPaths.Evaluation(TinyRun.Id));
        Assert.True(report.Tuned.Loss < report.Base.Loss, $"{report.Base.Loss} -> {report.Tuned.Loss}");
        var merged = JsonNode.Parse(await run.Bytes("artifacts/merged/config.json"))!;
        Assert.Equal(family, merged["model_type"]!.GetValue<string>());
    }

    /// <summary>The folder keeps its tokenizer and gets another model.</summary>
    private static void Become(string folder, string family, string config)
    {
        File.WriteAllText(Path.Combine(folder, "config.json"), $$"""{ "model_type": "{{family}}", {{config}} }""");
        using var scope = NewDisposeScope();
        using var model = ModelFolder.Create(folder, seed: 1, ScalarType.Float32, CPU);
        using var file = File.Create(Path.Combine(folder, "model.safetensors"));
        TensorFiles.Write(file, model.Parameters.Select(item => (item.Name, (Tensor)item.Parameter)));
    }
}
