using System.Text.Json;
using System.Text.Json.Nodes;
using ServerlessTuning.Datasets.Templates;
using ServerlessTuning.Datasets.Tokenization;
using ServerlessTuning.Trainer.Stages;

namespace ServerlessTuning.Trainer.Verification;

/// <summary>Texts to ids, with and without special tokens; conversations to text and ids.</summary>
internal static class Tokenizers
{
    public static Deviation Check(ReferenceCase reference)
    {
        var folder = reference.PathOf("tokenizer");
        var (tokenizer, expected) = (ModelTokenizer.FromFolder(folder), reference.Json("expected"));
        var texts = expected["cases"]!.AsArray().Aggregate(Deviation.None, (worst, item) => worst.Or(Texts(tokenizer, item!)));
        return expected["chats"] is not JsonArray chats ? texts : chats.Aggregate(texts, (worst, chat) => worst.Or(Chat(tokenizer, Template(folder), chat!)));
    }

    private static Deviation Texts(ModelTokenizer tokenizer, JsonNode item)
    {
        var text = item["text"]!.GetValue<string>();
        return Same(tokenizer.EncodeWithSpecialTokens(text), item["ids"]!, $"ids of {Quoted(text)}")
            .Or(Same(tokenizer.Encode(text), item["ids_no_special"]!, $"ids of {Quoted(text)} without special tokens"));
    }

    private static Deviation Chat(ModelTokenizer tokenizer, ChatTemplate template, JsonNode chat)
    {
        var messages = chat["messages"].Deserialize<List<ChatMessage>>(Names)!;
        var tools = chat["tools"] is { } given ? JsonSerializer.SerializeToElement(given) : (JsonElement?)null;
        var text = template.Render(messages, chat["add_generation_prompt"]?.GetValue<bool>() ?? false, tools);
        return Deviation.Exact(text == chat["text"]!.GetValue<string>(), $"text of the conversation that ends {Quoted(messages[^1].Content ?? "")}")
            .Or(Same(tokenizer.Encode(text), chat["ids"]!, $"ids of the conversation that ends {Quoted(messages[^1].Content ?? "")}"));
    }

    private static readonly JsonSerializerOptions Names = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private static ChatTemplate Template(string folder) => ChatTemplate.FromFolder(folder)
        ?? throw new RequestException($"{folder}: found no chat_template, expected one, because the reference holds conversations.");

    private static Deviation Same(IReadOnlyList<int> found, JsonNode expected, string what) =>
        Deviation.Exact(found.SequenceEqual(expected.AsArray().Select(id => id!.GetValue<int>())), what);

    private static string Quoted(string text) => JsonSerializer.Serialize(text.Length > 40 ? text[..40] + "…" : text);
}
