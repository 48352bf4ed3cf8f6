using System.Text;
using System.Text.Json;

namespace ServerlessTuning.Datasets.Tests.Preparation;

/// <summary>A base model's folder without weights: every byte is a token, and ChatML as the chat template.</summary>
internal static class ByteModel
{
    private static readonly string[] Added = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"];

    public const string ChatMl =
        "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

    public static void Write(string folder, string? chatTemplate = ChatMl)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), """{"model_type":"llama","max_position_embeddings":4096}""");
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), JsonSerializer.Serialize(new { eos_token = "<|endoftext|>", chat_template = chatTemplate }));
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), JsonSerializer.Serialize(new
        {
            version = "1.0",
            added_tokens = Added.Select((content, i) => new { id = 256 + i, content, single_word = false, lstrip = false, rstrip = false, normalized = false, special = true }),
            pre_tokenizer = new { type = "ByteLevel", add_prefix_space = false, trim_offsets = true, use_regex = false },
            decoder = new { type = "ByteLevel", add_prefix_space = true, trim_offsets = true, use_regex = true },
            model = new { type = "BPE", vocab = Enumerable.Range(0, 256).ToDictionary(static b => Letter((byte)b).ToString(), static b => b), merges = Array.Empty<string>() },
        }));
    }

    public static string Text(IEnumerable<int> ids)
    {
        var bytes = new List<byte>();
        foreach (var id in ids)
        {
            bytes.AddRange(id < 256 ? [(byte)id] : Encoding.UTF8.GetBytes(Added[id - 256]));
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    /// <summary>The letter that byte-level BPE writes for a byte (GPT-2's bytes_to_unicode).</summary>
    private static char Letter(byte b)
    {
        static bool Printable(int c) => c is >= 0x21 and <= 0x7E or >= 0xA1 and <= 0xAC or >= 0xAE and <= 0xFF;
        return Printable(b) ? (char)b : (char)(256 + Enumerable.Range(0, b).Count(static c => !Printable(c)));
    }
}
