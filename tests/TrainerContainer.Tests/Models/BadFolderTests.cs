using System.Text.Json.Nodes;
using ServerlessTuning.Datasets.Checkpoints;
using ServerlessTuning.Testing;
using ServerlessTuning.Trainer.Evaluation;
using ServerlessTuning.Trainer.Models;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Tests.Models;

/// <summary>Folders that are no model, or not the model that config.json tells of: each error says what was found and what was expected.</summary>
public sealed class BadFolderTests : IDisposable
{
    private readonly string folder = TinyBase.Create();

    [Fact]
    public void A_tensor_that_config_implies_is_missing() =>
        Refuses<BaseModelException>(config => config["num_hidden_layers"] = 3, "no tensor model.layers.2.", "config.json implies");

    [Fact]
    public void A_tensor_that_the_architecture_does_not_have() =>
        Refuses<BaseModelException>(config => config["num_hidden_layers"] = 1, "model.layers.1.", "which the architecture does not have");

    [Fact]
    public void A_tensor_of_another_shape_is_named_with_both_shapes() =>
        Refuses<BaseModelException>(config => config["vocab_size"] = 300, "model.embed_tokens.weight", "[259, 32]", "[300, 32]");

    [Fact]
    public void An_unknown_architecture_is_answered_with_the_nearest() =>
        Refuses<ModelConfigException>(config => config["architectures"] = new JsonArray("LlamaForQuestionAnswering"), "LlamaForQuestionAnswering", "nearest: LlamaFor");

    [Fact]
    public void An_unknown_family_is_answered_with_the_nearest() => Refuses<ModelConfigException>(config => config["model_type"] = "qwen2_moe", "'qwen2_moe'", "nearest: qwen2)");

    [Theory]
    [InlineData("sliding_window", 5)]
    [InlineData("quantization_config", 1)]
    [InlineData("num_local_experts", 8)]
    [InlineData("attn_logit_softcapping", 50)]
    public void A_field_that_would_change_the_numbers_and_that_the_family_does_not_read_is_named(string field, int value) =>
        Refuses<ModelConfigException>(config => config[field] = value, field, "would change this architecture's numbers");

    [Fact]
    public void A_field_that_only_says_what_is_so_anyway_is_let_pass()
    {
        Change(config => (config["sliding_window"], config["use_sliding_window"], config["pretraining_tp"], config["position_embedding_type"]) = (null, false, 1, "absolute"));

        using var model = ModelFolder.Load(folder, ScalarType.Float32, trains: false, CPU);

        Assert.Equal("llama", model.Config.ModelType);
    }

    [Theory]
    [InlineData("hidden_size", "\"big\"")]
    [InlineData("num_attention_heads", "0")]
    [InlineData("num_key_value_heads", "3")]
    [InlineData("rms_norm_eps", "\"small\"")]
    [InlineData("rope_scaling", """{"rope_type":"spiral"}""")]
    [InlineData("rope_scaling", """{"rope_type":"longrope","factor":2,"short_factor":[1],"long_factor":[1]}""")]
    [InlineData("hidden_act", "\"swoosh\"")]
    public void A_value_of_the_wrong_kind_is_named(string field, string value)
    {
        Change(config => config[field] = JsonNode.Parse(value));

        Assert.Throws<ModelConfigException>(() => ModelFolder.Load(folder, ScalarType.Float32, trains: false, CPU));
    }

    [Fact]
    public void A_tokenizer_with_more_ids_than_the_embedding_has_rows()
    {
        Change(config => config["vocab_size"] = 200);

        var refused = Assert.Throws<BaseModelException>(() => ModelText.Load(folder));

        Assert.Contains("a tokenizer of 259 ids beside an embedding of 200 rows", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_a_tokenizer()
    {
        File.Delete(Path.Combine(folder, "tokenizer.json"));

        Assert.Contains("tokenizer.json", Assert.Throws<BaseModelException>(() => ModelText.Load(folder)).Message, StringComparison.Ordinal);
    }

    private void Refuses<T>(Action<JsonObject> change, params string[] facts)
        where T : Exception
    {
        Change(change);

        var refused = Assert.Throws<T>(() => ModelFolder.Load(folder, ScalarType.Float32, trains: false, CPU));

        Assert.All(facts, fact => Assert.Contains(fact, refused.Message, StringComparison.Ordinal));
    }

    private void Change(Action<JsonObject> change)
    {
        var path = Path.Combine(folder, "config.json");
        var config = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        change(config);
        File.WriteAllText(path, config.ToJsonString());
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
