using System.Text.Json;

namespace ServerlessTuning.Datasets.Tokenization;

/// <summary>Which tokens play which part: bos_token and the like of tokenizer_config.json, each a string, an object with <c>content</c>, or null.</summary>
internal sealed record SpecialTokenNames(string? Bos, string? Eos, string? Pad, string? Unk)
{
    public static SpecialTokenNames Read(string? tokenizerConfigJson)
    {
        if (tokenizerConfigJson is null)
        {
            return new(null, null, null, null);
        }
        using var document = JsonPart.Parse("tokenizer_config.json", tokenizerConfigJson);
        var config = new JsonPart("tokenizer_config.json", document.RootElement);
        return new(Name(config, "bos_token"), Name(config, "eos_token"), Name(config, "pad_token"), Name(config, "unk_token"));
    }

    private static string? Name(JsonPart config, string field) => config.Optional(field) switch
    {
        null => null,
        { Element.ValueKind: JsonValueKind.Object } token => token["content"].String,
        var token => token.String,
    };
}
