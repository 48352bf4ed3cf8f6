using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ServerlessTuning.Testing;

/// <summary>
/// A Llama of some ten thousand random weights in Hugging Face layout: a byte-level vocabulary without merges, a ChatML template.
/// Small enough that a whole run takes seconds; everything a real base model has is there.
/// </summary>
public static class TinyBase
{
    private const int Hidden = 32, Intermediate = 64, Layers = 2, Heads = 4, KeyValueHeads = 2, Context = 256;
    private static readonly string[] Special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"];

    private const string ChatTemplate =
        "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}"
        + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

    /// <summary>Writes the model into a new folder and returns the folder.</summary>
    public static string Create(int seed = 1)
    {
        var folder = Repository.NewFolder();
        WriteJson("config.json", Config());
        WriteJson("generation_config.json", new JsonObject { ["eos_token_id"] = 258 });
        WriteJson("tokenizer.json", Tokenizer());
        WriteJson("tokenizer_config.json", new JsonObject
        {
            ["eos_token"] = "<|im_end|>",
            ["pad_token"] = "<|endoftext|>",
            ["chat_template"] = ChatTemplate,
        });
        WriteWeights(Path.Combine(folder, "model.safetensors"), new Random(seed));
        return folder;

        void WriteJson(string name, JsonObject json) =>
            File.WriteAllText(Path.Combine(folder, name), json.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
    }

    private static JsonObject Config() => new()
    {
        ["architectures"] = new JsonArray("LlamaForCausalLM"),
        ["model_type"] = "llama",
        ["hidden_size"] = Hidden,
        ["intermediate_size"] = Intermediate,
        ["num_hidden_layers"] = Layers,
        ["num_attention_heads"] = Heads,
        ["num_key_value_heads"] = KeyValueHeads,
        ["vocab_size"] = 256 + Special.Length,
        ["max_position_embeddings"] = Context,
        ["rms_norm_eps"] = 1e-5,
        ["rope_theta"] = 10000.0,
        ["hidden_act"] = "silu",
        ["tie_word_embeddings"] = true,
        ["eos_token_id"] = 258,
        ["pad_token_id"] = 256,
        ["torch_dtype"] = "float32",
    };

    private static JsonObject Tokenizer()
    {
        var vocabulary = new JsonObject();
        for (var b = 0; b < 256; b++)
        {
            vocabulary[$"{ByteSymbol((byte)b)}"] = b;
        }

        return new()
        {
            ["version"] = "1.0",
            ["added_tokens"] = new JsonArray([.. Special.Select((token, i) => new JsonObject
            {
                ["id"] = 256 + i, ["content"] = token, ["special"] = true, ["single_word"] = false, ["lstrip"] = false, ["rstrip"] = false, ["normalized"] = false,
            })]),
            ["normalizer"] = null,
            ["pre_tokenizer"] = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = true, ["use_regex"] = true },
            ["post_processor"] = null,
            ["decoder"] = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = true, ["trim_offsets"] = true, ["use_regex"] = true },
            ["model"] = new JsonObject { ["type"] = "BPE", ["vocab"] = vocabulary, ["merges"] = new JsonArray() },
        };
    }

    /// <summary>GPT-2's printable stand-in for a byte (Radford et al. 2019, encoder.py).</summary>
    private static char ByteSymbol(byte b)
    {
        if (IsPrintable(b))
        {
            return (char)b;
        }

        return (char)(256 + Enumerable.Range(0, b).Count(other => !IsPrintable((byte)other)));

        static bool IsPrintable(byte b) => b is (>= 33 and <= 126) or (>= 161 and <= 172) or >= 174;
    }

    private static void WriteWeights(string path, Random random)
    {
        var shapes = new SortedDictionary<string, int[]>(StringComparer.Ordinal)
        {
            ["model.embed_tokens.weight"] = [256 + Special.Length, Hidden],
            ["model.norm.weight"] = [Hidden],
        };
        var head = Hidden / Heads;
        for (var layer = 0; layer < Layers; layer++)
        {
            var prefix = $"model.layers.{layer}";
            shapes[$"{prefix}.input_layernorm.weight"] = [Hidden];
            shapes[$"{prefix}.post_attention_layernorm.weight"] = [Hidden];
            shapes[$"{prefix}.self_attn.q_proj.weight"] = [Heads * head, Hidden];
            shapes[$"{prefix}.self_attn.k_proj.weight"] = [KeyValueHeads * head, Hidden];
            shapes[$"{prefix}.self_attn.v_proj.weight"] = [KeyValueHeads * head, Hidden];
            shapes[$"{prefix}.self_attn.o_proj.weight"] = [Hidden, Heads * head];
            shapes[$"{prefix}.mlp.gate_proj.weight"] = [Intermediate, Hidden];
            shapes[$"{prefix}.mlp.up_proj.weight"] = [Intermediate, Hidden];
            shapes[$"{prefix}.mlp.down_proj.weight"] = [Hidden, Intermediate];
        }

        var header = new JsonObject();
        var end = 0;
        foreach (var (name, shape) in shapes)
        {
            var bytes = 4 * shape.Aggregate(1, (a, b) => a * b);
            header[name] = new JsonObject
            {
                ["dtype"] = "F32",
                ["shape"] = new JsonArray([.. shape.Select(size => JsonValue.Create(size))]),
                ["data_offsets"] = new JsonArray(end, end + bytes),
            };
            end += bytes;
        }

        var text = header.ToJsonString();
        text = text.PadRight((text.Length + 7) / 8 * 8);
        using var file = File.Create(path);
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(number, text.Length);
        file.Write(number);
        file.Write(System.Text.Encoding.ASCII.GetBytes(text));
        foreach (var (name, shape) in shapes)
        {
            for (var i = shape.Aggregate(1, (a, b) => a * b); i > 0; i--)
            {
                var value = name.EndsWith("norm.weight", StringComparison.Ordinal) ? 1f : (float)((random.NextDouble() - 0.5) * 0.2);
                BinaryPrimitives.WriteSingleLittleEndian(number, value);
                file.Write(number[..4]);
            }
        }
    }
}
