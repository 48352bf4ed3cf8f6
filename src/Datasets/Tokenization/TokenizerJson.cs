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
        var root = new JsonPart(File, document.RootElement);
        var added = AddedTokens(root);
        var model = root["model"];
        var (vocabulary, ready) = Model(model, root.Optional("pre_tokenizer"), added);
        return new(vocabulary, added, Normalizers.Read(root.Optional("normalizer")), ready, PostProcessors.Read(root.Optional("post_processor")), TokenSpelling.Read(root.Optional("decoder")));
    }

    /// <remarks>Files of before 2020 do not name the model's type: a BPE has merges.</remarks>
    private static (IReadOnlyDictionary<string, int> Vocabulary, ITokenModel Model) Model(JsonPart model, JsonPart? preTokenizer, List<AddedToken> added)
    {
        var type = model.Optional("type")?.String ?? (model.Optional("merges") is not null ? "BPE" : model["vocab"].Element.ValueKind == System.Text.Json.JsonValueKind.Array ? "Unigram" : "WordPiece");
        if (type == "Unigram")
        {
            var unigram = new UnigramModel(model);
            return (unigram.Vocabulary, new WordwiseModel(unigram, WordCutters.Read(preTokenizer)));
        }

        var vocabulary = Vocabulary(model["vocab"], added);
        return type switch
        {
            "BPE" when EndsWithBytes(preTokenizer) && ByteLevelAlphabet.IsWhole(vocabulary) => (vocabulary, BytePairModel.Read(model, preTokenizer, vocabulary)),
            "BPE" when EndsWithBytes(preTokenizer) => (vocabulary, new WordwiseModel(CharacterPairModel.Read(model, vocabulary), WordCutters.Spelled(ByteLevelPreTokenizer.Read(preTokenizer!)))),
            "BPE" => (vocabulary, new WordwiseModel(CharacterPairModel.Read(model, vocabulary), WordCutters.Read(preTokenizer))),
            "WordPiece" => (vocabulary, new WordwiseModel(WordPieceModel.Read(model, vocabulary), WordCutters.Read(preTokenizer))),
            _ => throw model["type"].Unsupported("'BPE', 'Unigram' or 'WordPiece'"),
        };
    }

    private static bool EndsWithBytes(JsonPart? preTokenizer) => preTokenizer?["type"].String switch
    {
        "ByteLevel" => true,
        "Sequence" => preTokenizer["pretokenizers"].Items.LastOrDefault() is { } last && EndsWithBytes(last),
        _ => false,
    };

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
        var taken = new HashSet<int>();
        foreach (var (token, id) in vocab.Fields)
        {
            vocabulary[token] = taken.Add(id.Int) ? id.Int : throw id.Wrong($"the id {id.Int} a second time", "an id a token");
        }

        var highest = vocabulary.Values.Concat(added.Select(token => token.Id)).DefaultIfEmpty(-1).Max();
        var count = vocabulary.Count + added.Count;
        return count == 0 ? throw vocab.Wrong("no tokens", "at least one token")
            : highest - count > MostGaps ? throw vocab.Wrong($"the id {highest} among {count} tokens", $"ids below {count + MostGaps}")
            : vocabulary;
    }
}
