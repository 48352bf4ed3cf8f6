namespace ServerlessTuning.Datasets.Tokenization;

/// <summary>
/// Reads tokenizer.json as the tokenizers library writes it: added tokens, normalizer, pre-tokenizer, model, post-processor, decoder.
/// A part that this program does not know is an error that names it: ignoring it would give other ids.
/// </summary>
internal static class TokenizerJson
{
    private const string File = "tokenizer.json";

    // Ids are rows of an embedding: a few gaps are ordinary, a million are a broken file.
    private const int MostGaps = 1 << 20;

    public static TokenizerParts Read(string json)
    {
        using var document = JsonPart.Parse(File, json);
        var root = new JsonPart(File, "", document.RootElement);
        var added = AddedTokens(root);
        var model = root["model"];
        var vocabulary = Vocabulary(model["vocab"], added);
        var bpe = BytePairModel.Read(model, root.Optional("pre_tokenizer"), vocabulary);
        CheckDecoder(root.Optional("decoder"));
        return new(vocabulary, added, Normalizers.Read(root.Optional("normalizer")), bpe, PostProcessors.Read(root.Optional("post_processor")));
    }

    private static List<AddedToken> AddedTokens(JsonPart root) =>
        root.Optional("added_tokens") is not { } tokens ? [] :
        [
            .. from token in tokens.Items
               let special = token.Flag("special")
               select new AddedToken(
                   token["id"].Int, token["content"].String, token.Flag("single_word"), token.Flag("lstrip"), token.Flag("rstrip"),
                   token.Flag("normalized", otherwise: !special), special),
        ];

    private static Dictionary<string, int> Vocabulary(JsonPart vocab, List<AddedToken> added)
    {
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (token, id) in vocab.Fields)
        {
            vocabulary[token] = id.Int;
        }
        var highest = vocabulary.Values.Concat(added.Select(token => token.Id)).DefaultIfEmpty(-1).Max();
        var count = vocabulary.Count + added.Count;
        return count == 0 ? throw vocab.Wrong("no tokens", "at least one token")
            : highest - count > MostGaps ? throw vocab.Wrong($"the id {highest} among {count} tokens", $"ids below {count + MostGaps}")
            : vocabulary;
    }

    private static void CheckDecoder(JsonPart? decoder)
    {
        switch (decoder?["type"].String)
        {
            case null or "ByteLevel":
                return;
            case "Sequence":
                foreach (var part in decoder["decoders"].Items)
                {
                    CheckDecoder(part);
                }
                return;
            default:
                throw decoder["type"].Unsupported("'ByteLevel' or a 'Sequence' of it");
        }
    }
}
