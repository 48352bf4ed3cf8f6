using System.Text.Json;
using System.Text.Json.Nodes;

namespace ServerlessTuning.Datasets.Tokenization;

/// <summary>
/// The tokenizer of a model's folder as one tokenizer.json: the file itself, or what Hugging Face's converters would make of the files that older models have.
/// Source: transformers, convert_slow_tokenizer.py.
/// </summary>
public static class TokenizerFolder
{
    /// <summary>What a folder may hold, in the order in which it is taken.</summary>
    public static IReadOnlyList<string> Names { get; } = ["tokenizer.json", "vocab.json and merges.txt", "vocab.txt", "tokenizer.model", "spiece.model"];

    /// <returns>Null when no tokenizer is there.</returns>
    /// <exception cref="TokenizerException">A file is not what it should be.</exception>
    public static string? Json(string folder)
    {
        byte[]? read(string name) => Path.Combine(folder, name) is var path && File.Exists(path) ? File.ReadAllBytes(path) : null;
        var config = Text(read, "tokenizer_config.json") is { } text ? JsonNode.Parse(text) as JsonObject ?? [] : [];
        return Text(read, "tokenizer.json")
            ?? (Text(read, "vocab.json") is { } vocab && Text(read, "merges.txt") is { } merges ? ByteLevel(vocab, merges, config).ToJsonString() : null)
            ?? (Text(read, "vocab.txt") is { } words ? WordPiece(words, config).ToJsonString() : null)
            ?? ((read("tokenizer.model") ?? read("spiece.model")) is { } model ? SentencePieces(SentencePieceModel.Read(model), config).ToJsonString() : null);
    }

    private static string? Text(Func<string, byte[]?> read, string name) => read(name) is { } bytes ? System.Text.Encoding.UTF8.GetString(bytes).TrimStart('\uFEFF') : null;

    /// <summary>GPT-2's and RoBERTa's files.</summary>
    private static JsonObject ByteLevel(string vocab, string merges, JsonObject config)
    {
        var lines = merges.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd('\r')).Where(line => !line.StartsWith("#version", StringComparison.Ordinal));
        var prefix = config["add_prefix_space"]?.GetValueKind() == JsonValueKind.True;
        var byteLevel = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = prefix, ["trim_offsets"] = true, ["use_regex"] = true };
        var ids = JsonNode.Parse(vocab)!.AsObject();
        var post = Id(ids, config, "cls_token") is { } cls && Id(ids, config, "sep_token") is { } sep
            ? new JsonObject { ["type"] = "RobertaProcessing", ["sep"] = new JsonArray(sep.Text, sep.Id), ["cls"] = new JsonArray(cls.Text, cls.Id), ["trim_offsets"] = true, ["add_prefix_space"] = prefix }
            : byteLevel.DeepClone().AsObject();
        var model = new JsonObject { ["type"] = "BPE", ["vocab"] = ids, ["merges"] = Strings(lines) };
        return Shell(model, null, byteLevel, post, new JsonObject { ["type"] = "ByteLevel" }, Added(ids, config));
    }

    /// <summary>BERT's file: a token a line.</summary>
    private static JsonObject WordPiece(string lines, JsonObject config)
    {
        var vocab = new JsonObject();
        foreach (var (id, token) in lines.Split('\n').Select(line => line.TrimEnd('\r')).Index())
        {
            if (token.Length > 0)
            {
                vocab[token] = id;
            }
        }

        bool Flag(string name, bool otherwise) => config[name]?.GetValueKind() switch { JsonValueKind.True => true, JsonValueKind.False => false, _ => otherwise };
        var normalizer = new JsonObject
        {
            ["type"] = "BertNormalizer",
            ["clean_text"] = true,
            ["handle_chinese_chars"] = Flag("tokenize_chinese_chars", true),
            ["strip_accents"] = config["strip_accents"]?.DeepClone(),
            ["lowercase"] = Flag("do_lower_case", true),
        };
        var unknown = Name(config, "unk_token") ?? "[UNK]";
        var (cls, sep) = (Id(vocab, config, "cls_token", "[CLS]"), Id(vocab, config, "sep_token", "[SEP]"));
        var post = cls is null || sep is null ? null
            : new JsonObject { ["type"] = "BertProcessing", ["sep"] = new JsonArray(sep.Value.Text, sep.Value.Id), ["cls"] = new JsonArray(cls.Value.Text, cls.Value.Id) };
        var model = new JsonObject { ["type"] = "WordPiece", ["unk_token"] = unknown, ["continuing_subword_prefix"] = "##", ["max_input_chars_per_word"] = 100, ["vocab"] = vocab };
        var special = Added(vocab, config, "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]");
        return Shell(model, normalizer, new JsonObject { ["type"] = "BertPreTokenizer" }, post, new JsonObject { ["type"] = "WordPiece", ["prefix"] = "##", ["cleanup"] = true }, special);
    }

    /// <summary>Llama 2's, Gemma's and T5's file.</summary>
    private static JsonObject SentencePieces(SentencePieceModel pieces, JsonObject config)
    {
        var isUnigram = pieces.ModelType == 1;
        if (pieces.ModelType is not (1 or 2))
        {
            throw new TokenizerException("tokenizer.model", "trainer_spec.model_type", $"{pieces.ModelType}", "1 (unigram) or 2 (BPE)", "This program does not do this yet; ignoring it would change the token ids.");
        }

        var vocab = new JsonObject();
        foreach (var (id, piece) in pieces.Pieces.Index())
        {
            vocab[piece.Text] = id;
        }

        var unknown = pieces.Pieces.FindIndex(piece => piece.Kind == 2);
        var byteFallback = pieces.Pieces.Any(piece => piece.Kind == 6);
        var model = isUnigram
            ? new JsonObject { ["type"] = "Unigram", ["unk_id"] = unknown < 0 ? null : unknown, ["byte_fallback"] = byteFallback, ["vocab"] = new JsonArray([.. pieces.Pieces.Select(piece => new JsonArray(piece.Text, (double)piece.Score))]) }
            : new JsonObject { ["type"] = "BPE", ["unk_token"] = unknown < 0 ? null : pieces.Pieces[unknown].Text, ["fuse_unk"] = true, ["byte_fallback"] = byteFallback, ["vocab"] = vocab, ["merges"] = Merges(pieces.Pieces) };
        var prefix = pieces.AddsDummyPrefix ? "always" : "never";
        var metaspace = new JsonObject { ["type"] = "Metaspace", ["replacement"] = "▁", ["prepend_scheme"] = prefix, ["split"] = isUnigram };
        var normalizers = new JsonArray();
        if (pieces.CharacterMap.Length > 0)
        {
            normalizers.Add(new JsonObject { ["type"] = "Precompiled", ["precompiled_charsmap"] = Convert.ToBase64String(pieces.CharacterMap) });
        }

        if (pieces.RemovesExtraWhitespaces)
        {
            normalizers.Add(new JsonObject { ["type"] = "Strip", ["strip_left"] = isUnigram, ["strip_right"] = true });
            normalizers.Add(new JsonObject { ["type"] = "Replace", ["pattern"] = new JsonObject { ["Regex"] = " {2,}" }, ["content"] = " " });
        }

        if (!isUnigram) // a mark before the text even where it begins with a space; the text stays one word
        {
            if (pieces.AddsDummyPrefix)
            {
                normalizers.Add(new JsonObject { ["type"] = "Prepend", ["prepend"] = "▁" });
            }

            normalizers.Add(new JsonObject { ["type"] = "Replace", ["pattern"] = new JsonObject { ["String"] = " " }, ["content"] = "▁" });
        }

        var normalizer = normalizers.Count == 0 ? null : new JsonObject { ["type"] = "Sequence", ["normalizers"] = normalizers };
        var decoder = new JsonObject { ["type"] = "Sequence", ["decoders"] = new JsonArray(new JsonObject { ["type"] = "ByteFallback" }, metaspace.DeepClone()) };
        return Shell(model, normalizer, isUnigram ? metaspace : null, Around(vocab, config, isUnigram), decoder,
            [.. pieces.Pieces.Index().Where(item => item.Item.Kind is 2 or 3 or 4).Select(item => (item.Item.Text, item.Index, item.Item.Kind != 4))]);
    }

    /// <summary>add_bos_token and add_eos_token of tokenizer_config.json; by default what Llama and T5 do.</summary>
    private static JsonObject Around(JsonObject vocab, JsonObject config, bool isUnigram)
    {
        bool Adds(string field, bool otherwise) => config[field]?.GetValueKind() switch { JsonValueKind.True => true, JsonValueKind.False => false, _ => otherwise };
        var before = Adds("add_bos_token", !isUnigram) ? Id(vocab, config, "bos_token", "<s>") : null;
        var after = Adds("add_eos_token", isUnigram) ? Id(vocab, config, "eos_token", "</s>") : null;
        var (single, special) = (new JsonArray(), new JsonObject());
        Put(before);
        single.Add(new JsonObject { ["Sequence"] = new JsonObject { ["id"] = "A", ["type_id"] = 0 } });
        Put(after);
        return new() { ["type"] = "TemplateProcessing", ["single"] = single, ["pair"] = new JsonArray(), ["special_tokens"] = special };

        void Put((string Text, int Id)? token)
        {
            if (token is var (text, id))
            {
                single.Add(new JsonObject { ["SpecialToken"] = new JsonObject { ["id"] = text, ["type_id"] = 0 } });
                special[text] = new JsonObject { ["id"] = text, ["ids"] = new JsonArray(id), ["tokens"] = new JsonArray(text) };
            }
        }
    }

    /// <summary>Every way to make a piece of two others; the order of pieces is the order of merges.</summary>
    private static JsonArray Merges(List<SentencePiece> pieces)
    {
        var ids = pieces.Index().GroupBy(item => item.Item.Text).ToDictionary(group => group.Key, group => group.First().Index, StringComparer.Ordinal);
        var merges = pieces.Where(piece => piece.Kind is 1 or 4).SelectMany(piece => Enumerable.Range(1, Math.Max(0, piece.Text.Length - 1))
            .Select(cut => (Left: piece.Text[..cut], Right: piece.Text[cut..], piece.Score))
            .Where(merge => ids.ContainsKey(merge.Left) && ids.ContainsKey(merge.Right))
            .OrderBy(merge => (ids[merge.Left], ids[merge.Right])));
        return [.. merges.OrderByDescending(merge => merge.Score).ThenByDescending(merge => merge.Left.Length).ThenByDescending(merge => merge.Right.Length)
            .Select(merge => (JsonNode)new JsonArray(merge.Left, merge.Right))];
    }

    private static JsonObject Shell(JsonObject model, JsonObject? normalizer, JsonObject? preTokenizer, JsonObject? post, JsonObject decoder, IEnumerable<(string Text, int Id, bool IsSpecial)> added) => new()
    {
        ["version"] = "1.0",
        ["added_tokens"] = new JsonArray([.. added.Select(token => new JsonObject { ["id"] = token.Id, ["content"] = token.Text, ["normalized"] = false, ["special"] = token.IsSpecial })]),
        ["normalizer"] = normalizer,
        ["pre_tokenizer"] = preTokenizer,
        ["post_processor"] = post,
        ["decoder"] = decoder,
        ["model"] = model,
    };

    /// <summary>The tokens that tokenizer_config.json gives a role, and those of the family that the vocabulary has.</summary>
    private static List<(string Text, int Id, bool IsSpecial)> Added(JsonObject vocab, JsonObject config, params string[] usual) =>
        [.. usual.Concat(new[] { "bos_token", "eos_token", "unk_token", "pad_token", "cls_token", "sep_token", "mask_token" }.Select(role => Name(config, role)).OfType<string>())
            .Distinct().Where(token => vocab[token] is not null).Select(token => (token, vocab[token]!.GetValue<int>(), true)).OrderBy(token => token.Item2)];

    private static (string Text, int Id)? Id(JsonObject vocab, JsonObject config, string role, string? usual = null) =>
        (Name(config, role) ?? usual) is { } text && vocab[text] is { } id ? (text, id.GetValue<int>()) : null;

    private static string? Name(JsonObject config, string role) => config[role] switch
    {
        JsonValue value when value.TryGetValue<string>(out var text) => text,
        JsonObject token => token["content"]?.GetValue<string>(),
        _ => null,
    };

    private static JsonArray Strings(IEnumerable<string> texts) => [.. texts.Select(text => (JsonNode)text!)];
}
