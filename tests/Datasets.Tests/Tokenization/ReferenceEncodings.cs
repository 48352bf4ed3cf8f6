using System.Text.Json;
using System.Text.Json.Serialization;
using ServerlessTuning.Datasets.Tokenization;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Datasets.Tests.Tokenization;

/// <summary>A tokenizer of ../shared/fixtures with what Hugging Face's library made of some texts and chats.</summary>
internal sealed record ReferenceEncodings(ReferenceTokenizer Files, IReadOnlyList<EncodingCase> Cases, IReadOnlyList<ChatCase> Chats)
{
    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static ReferenceEncodings Load(string name)
    {
        var folder = Path.Combine(Repository.Shared!, "fixtures", "tokenizers", name);
        var content = JsonSerializer.Deserialize<Content>(File.ReadAllText(Path.Combine(folder, "encodings.json")), s_json)!;
        return new(
            new(File.ReadAllText(Path.Combine(folder, "tokenizer.json")), File.ReadAllText(Path.Combine(folder, "tokenizer_config.json"))),
            content.Cases, content.Chats ?? []);
    }

    private sealed record Content(IReadOnlyList<EncodingCase> Cases, IReadOnlyList<ChatCase>? Chats);
}

internal sealed record ReferenceTokenizer(string TokenizerJson, string TokenizerConfigJson)
{
    public ModelTokenizer Load() => ModelTokenizer.FromJson(TokenizerJson, TokenizerConfigJson);
}

internal sealed record EncodingCase(string Text, IReadOnlyList<int> Ids, [property: JsonPropertyName("ids_no_special")] IReadOnlyList<int> PlainIds);

internal sealed record ChatCase(IReadOnlyList<ChatCaseMessage> Messages, bool AddGenerationPrompt, string Text, IReadOnlyList<int> Ids);

internal sealed record ChatCaseMessage(string Role, string Content);
