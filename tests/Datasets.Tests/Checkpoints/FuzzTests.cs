using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using ServerlessTuning.Datasets.Checkpoints;

namespace ServerlessTuning.Datasets.Tests.Checkpoints;

/// <summary>Damaged files: never a crash, a hang or more memory than the file and 64 MB; always an error of the kind that is promised. 50,000 of each with TUNING_LONG_TESTS=1.</summary>
public sealed class FuzzTests
{
    private const long AllowedBytes = 64 << 20;

    private static readonly int s_count = Environment.GetEnvironmentVariable("TUNING_LONG_TESTS") == "1" ? 50_000 : 1_000;

    private static readonly string[] s_headers =
    [
        """{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b.weight":{"dtype":"BF16","shape":[4],"data_offsets":[24,32]},"c":{"dtype":"I64","shape":[],"data_offsets":[32,40]}}  """,
        """{"x":{"dtype":"F8_E4M3","shape":[40],"data_offsets":[0,40]}}""",
        "{" + string.Join(',', Enumerable.Range(0, 40).Select(i => $$"""
            "model.layers.{{i}}.weight":{"dtype":"U8","shape":[1,1],"data_offsets":[{{i}},{{i + 1}}]}
            """)) + "}",
    ];

    private static readonly string[] s_configs =
    [
        """{"architectures":["LlamaForCausalLM"],"model_type":"llama","vocab_size":32000,"hidden_size":64,"intermediate_size":128,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"head_dim":16,"hidden_act":"silu","max_position_embeddings":2048,"rms_norm_eps":1e-06,"rope_theta":500000.0,"rope_scaling":{"rope_type":"llama3","factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,"original_max_position_embeddings":8192},"tie_word_embeddings":false,"torch_dtype":"bfloat16","eos_token_id":[1,2],"pad_token_id":null,"attention_bias":false}""",
        """{"architectures":["Qwen3ForCausalLM"],"model_type":"qwen3","vocab_size":100,"hidden_size":64,"intermediate_size":128,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"head_dim":32,"hidden_act":"silu","max_position_embeddings":128,"rope_parameters":{"rope_type":"yarn","rope_theta":1000000,"factor":4.0},"layer_types":["full_attention","full_attention"],"use_sliding_window":false,"sliding_window":null,"dtype":"float32","eos_token_id":1}""",
        """{"architectures":["Gemma3ForCausalLM"],"model_type":"gemma3_text","vocab_size":100,"hidden_size":64,"intermediate_size":128,"num_hidden_layers":6,"num_attention_heads":4,"num_key_value_heads":2,"head_dim":16,"hidden_activation":"gelu_pytorch_tanh","query_pre_attn_scalar":16,"sliding_window":32,"sliding_window_pattern":6,"rope_theta":1000000,"rope_local_base_freq":10000,"rope_scaling":{"rope_type":"linear","factor":8.0}}""",
        """{"architectures":["Phi3ForCausalLM"],"model_type":"phi3","vocab_size":100,"hidden_size":64,"intermediate_size":128,"num_hidden_layers":2,"num_attention_heads":4,"original_max_position_embeddings":64,"max_position_embeddings":128,"partial_rotary_factor":0.5,"rope_scaling":{"type":"longrope","short_factor":[1.0,1.1,1.2,1.3],"long_factor":[2.0,2.1,2.2,2.3]}}""",
        """{"architectures":["BertForSequenceClassification"],"model_type":"bert","vocab_size":100,"hidden_size":64,"intermediate_size":128,"num_hidden_layers":2,"num_attention_heads":4,"type_vocab_size":2,"layer_norm_eps":1e-12,"hidden_act":"gelu","max_position_embeddings":64,"id2label":{"0":"a","1":"b"},"label2id":{"a":0,"b":1},"problem_type":"multi_label_classification"}""",
        """{"architectures":["T5ForConditionalGeneration"],"model_type":"t5","vocab_size":100,"d_model":64,"d_kv":16,"d_ff":128,"num_layers":2,"num_decoder_layers":2,"num_heads":4,"relative_attention_num_buckets":32,"relative_attention_max_distance":128,"feed_forward_proj":"gated-gelu","decoder_start_token_id":0,"pad_token_id":0,"eos_token_id":1}""",
        """{"architectures":["GPT2LMHeadModel"],"model_type":"gpt2","vocab_size":100,"n_embd":64,"n_layer":2,"n_head":4,"n_positions":64,"n_inner":null,"activation_function":"gelu_new","layer_norm_epsilon":1e-5}""",
    ];

    [Fact]
    public void Damaged_safetensors_headers_are_refused_or_read() => Run(s_headers, (file, _) => SafetensorsHeader.Read(new MemoryStream(file), file.Length, "model.safetensors"), WithData,
        e => e is SafetensorsFormatException);

    [Fact]
    public void Damaged_indexes_are_refused_or_read() => Run(["""{"metadata":{"total_size":123},"weight_map":{"a":"model-00001-of-00002.safetensors","b.weight":"model-00002-of-00002.safetensors"}}"""],
        (file, _) => SafetensorsIndex.Parse(file), (json, _) => json, e => e is SafetensorsFormatException);

    [Fact]
    public void Damaged_configs_are_refused_or_read() => Run(s_configs, (file, text) => ModelConfig.Parse(text), (json, _) => json, e => e is ModelConfigException or JsonException);

    internal static void Run(string[] originals, Action<byte[], string> read, Func<byte[], Random, byte[]> wrap, Predicate<Exception> promised)
    {
        var (refused, longest) = (0, TimeSpan.Zero);
        for (var seed = 0; seed < s_count; seed++)
        {
            var file = wrap(Mutation.Of(originals[seed % originals.Length], seed), new Random(seed));
            var text = Encoding.UTF8.GetString(file);
            var (watch, before) = (Stopwatch.StartNew(), GC.GetAllocatedBytesForCurrentThread());
            try
            {
                read(file, text);
            }
            catch (Exception e) when (promised(e))
            {
                refused++;
                Assert.True(e.Message.Length < 20_000, $"seed {seed}: a message of {e.Message.Length} characters");
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}: {e.GetType().Name}, {e.Message}\n{text[..Math.Min(text.Length, 2_000)]}\n{e.StackTrace}");
            }

            longest = watch.Elapsed > longest ? watch.Elapsed : longest;
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"seed {seed}: {watch.Elapsed}");
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < file.Length + AllowedBytes, $"seed {seed}: {GC.GetAllocatedBytesForCurrentThread() - before} bytes for a file of {file.Length}");
        }

        Assert.InRange(refused, s_count / 3, s_count - 1);      // most damage is found, and some files are still whole
    }

    // Mostly with the right length and data behind it; now and then with a wrong one, or cut.
    private static byte[] WithData(byte[] header, Random random)
    {
        var length = new byte[8];
        var claimed = random.Next(10) == 0 ? random.NextInt64() >> random.Next(64) : header.Length;
        BinaryPrimitives.WriteInt64LittleEndian(length, claimed);
        byte[] file = [.. length, .. header, .. new byte[random.Next(20) == 0 ? random.Next(80) : 40]];
        return random.Next(20) == 0 ? file[..random.Next(file.Length)] : file;
    }
}
