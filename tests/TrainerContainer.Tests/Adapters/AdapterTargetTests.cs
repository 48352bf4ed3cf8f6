using ServerlessTuning.Contracts;
using ServerlessTuning.Testing;
using ServerlessTuning.Trainer.Adapters;
using ServerlessTuning.Trainer.Models;
using static TorchSharp.torch;

namespace ServerlessTuning.Trainer.Tests.Adapters;

/// <summary>Which layers of a tiny Llama of two blocks an adapter gets, with which rank.</summary>
public sealed class AdapterTargetTests
{
    private static readonly string Base = TinyBase.Create();
    private static readonly LoraConfig Some = new(4, 8, 0, ["q_proj"]);

    [Theory]
    [InlineData("q_proj", 2)]
    [InlineData("self_attn.q_proj", 2)]
    [InlineData("model.layers.1.self_attn.q_proj", 1)]
    [InlineData("proj", 0)]
    [InlineData("all-linear", 14)]
    [InlineData(".*\\.(q|v)_proj", 4)]
    [InlineData("^model\\.layers\\.1\\..*", 7)]
    [InlineData("(q|v)_proj", 0)] // PEFT fits an expression to the whole name
    public void Names_fit_last_parts_and_expressions_fit_whole_names(string target, int layers)
    {
        var found = () => Names(Some with { TargetModules = [target] });

        if (layers == 0)
        {
            Assert.Throws<AdapterException>(() => found());
        }
        else
        {
            Assert.Equal(layers, found().Count);
        }
    }

    [Fact]
    public void Layers_are_chosen_by_number() =>
        Assert.Equal(["model.layers.1.mlp.up_proj", "model.layers.1.self_attn.q_proj"], Names(Some with { TargetModules = ["q_proj", "up_proj"], Layers = [1] }));

    [Fact]
    public void Patterns_give_layers_their_own_rank_and_scale()
    {
        var config = Some with
        {
            TargetModules = ["q_proj", "up_proj"],
            RankPattern = new Dictionary<string, int> { ["layers.1.self_attn.q_proj"] = 2, ["up_.*"] = 8 },
            AlphaPattern = new Dictionary<string, double> { ["up_proj"] = 4 },
        };
        using var model = Load();

        var shapes = LoraAdapter.Attach(model, config, seed: 1).Layers.Select(layer => (layer.Name, layer.Update.A.shape[0], layer.Update.B.shape[1], layer.Update.Scaling));

        Assert.Equal(
        [
            ("model.layers.0.mlp.up_proj", 8, 8, 0.5), ("model.layers.0.self_attn.q_proj", 4, 4, 2),
            ("model.layers.1.mlp.up_proj", 8, 8, 0.5), ("model.layers.1.self_attn.q_proj", 2, 2, 4),
        ], shapes);
    }

    [Theory]
    [InlineData("q_prj", "Did you mean \"q_proj\"?")]
    [InlineData(".*q_prj", "or a regular expression for whole names such as model.layers.0.self_attn.q_proj.")]
    [InlineData("(q_proj", "which is no regular expression")]
    public void A_target_that_fits_nothing_is_refused_with_what_there_is_even_beside_one_that_fits(string target, string hint)
    {
        var error = Assert.Throws<AdapterException>(() => Names(Some with { TargetModules = ["v_proj", target] }));

        Assert.StartsWith("method.targetModules: found ", error.Message, StringComparison.Ordinal);
        Assert.Contains(target, error.Message, StringComparison.Ordinal);
        Assert.Contains(hint, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_rank_above_a_layers_smaller_side_is_refused_with_the_layer_and_its_size()
    {
        var error = Assert.Throws<AdapterException>(() => Names(Some with { Rank = 17, TargetModules = ["q_proj", "k_proj"] }));

        Assert.StartsWith("method.rank: found 17, expected at most 16, the smaller side of model.layers.0.self_attn.k_proj (16 × 32)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Layers_that_the_model_does_not_have_are_refused() =>
        Assert.StartsWith("method.layers: found 7", Assert.Throws<AdapterException>(() => Names(Some with { Layers = [7] })).Message, StringComparison.Ordinal);

    [Fact]
    public void What_is_written_is_read_back_as_the_same_layers_ranks_and_scales()
    {
        var config = Some with
        {
            TargetModules = ["q_proj", "v_proj"],
            Layers = [1],
            RankPattern = new Dictionary<string, int> { ["v_proj"] = 2 },
            AlphaPattern = new Dictionary<string, double> { ["v_proj"] = 3 },
        };

        Assert.Equal(Shapes(config), Shapes(Written(config)));
    }

    [Theory]
    [InlineData("all-linear", "[\"k_proj\",")]
    [InlineData(".*\\.q_proj", "\".*\\\\.q_proj\"")]
    public void Expressions_are_written_as_a_text_and_all_linear_as_names_because_PEFT_reads_them_so(string target, string expected)
    {
        using var model = Load();
        var folder = Repository.NewFolder();
        AdapterFiles.Write(LoraAdapter.Attach(model, Some with { TargetModules = [target] }, seed: 1), model, "base", folder);

        using var json = System.Text.Json.JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "adapter_config.json")));
        var written = System.Text.Json.JsonSerializer.Serialize(json.RootElement.GetProperty("target_modules"));
        Assert.True(expected[0] == written[0] && (expected[0] == '"' ? written == expected : written.Contains("\"k_proj\"", StringComparison.Ordinal) && !written.Contains("all", StringComparison.Ordinal)), written);
    }

    [Fact]
    public void A_lone_number_of_a_layer_is_read_as_PEFT_reads_it()
    {
        var folder = Repository.NewFolder();
        File.WriteAllText(Path.Combine(folder, "adapter_config.json"),
            """{"peft_type":"LORA","r":4,"lora_alpha":8,"target_modules":".*q_proj","layers_to_transform":3,"rank_pattern":{},"alpha_pattern":{"k_proj":1.5}}""");

        var config = AdapterFiles.ReadConfig(folder);

        Assert.Equal((".*q_proj", 3, null, 1.5), (config.TargetModules.Single(), config.Layers!.Single(), config.RankPattern, config.AlphaPattern!["k_proj"]));
    }

    private static LoraConfig Written(LoraConfig config)
    {
        using var model = Load();
        var folder = Repository.NewFolder();
        AdapterFiles.Write(LoraAdapter.Attach(model, config, seed: 1), model, "base", folder);
        return AdapterFiles.ReadConfig(folder);
    }

    private static List<(string, long, double)> Shapes(LoraConfig config)
    {
        using var model = Load();
        return [.. LoraAdapter.Attach(model, config, seed: 1).Layers.Select(layer => (layer.Name, layer.Update.A.shape[0], layer.Update.Scaling))];
    }

    private static List<string> Names(LoraConfig config)
    {
        using var model = Load();
        return [.. LoraAdapter.Attach(model, config, seed: 1).Layers.Select(layer => layer.Name)];
    }

    private static TextModel Load() => ModelFolder.Load(Base, ScalarType.Float32, trains: false, CPU);
}
