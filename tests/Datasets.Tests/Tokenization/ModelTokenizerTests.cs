using System.Text.Json.Nodes;
using ServerlessTuning.Datasets.Tokenization;
using ServerlessTuning.Testing;

namespace ServerlessTuning.Datasets.Tests.Tokenization;

public sealed class ModelTokenizerTests
{
    [SharedTheory]
    [InlineData("gpt2")]
    [InlineData("qwen2")]
    public void Text_encodes_to_the_ids_of_the_reference_library(string name)
    {
        var reference = ReferenceEncodings.Load(name);
        var tokenizer = reference.Files.Load();

        Assert.All(reference.Cases, @case =>
        {
            Assert.Equal(@case.PlainIds, tokenizer.Encode(@case.Text));
            Assert.Equal(@case.Ids, tokenizer.EncodeWithSpecialTokens(@case.Text));
        });
    }

    [SharedTheory]
    [InlineData("gpt2")]
    [InlineData("qwen2")]
    public void Decoding_what_was_encoded_gives_the_text_in_its_normal_form(string name)
    {
        var reference = ReferenceEncodings.Load(name);
        var tokenizer = reference.Files.Load();

        Assert.All(reference.Cases, @case => Assert.Equal(
            name == "qwen2" ? @case.Text.Replace("e\u0301", "\u00e9") : @case.Text, tokenizer.Decode(tokenizer.Encode(@case.Text))));
    }

    [Fact]
    public void The_config_tells_which_tokens_begin_end_and_pad()
    {
        var tokenizer = ModelTokenizer.FromJson(
            Json(added: [Added(256, "<s>"), Added(257, "</s>")]).ToJsonString(), """{ "bos_token": { "content": "<s>" }, "eos_token": "</s>", "pad_token": null }""");

        Assert.Equal((256, 257, null, 258), (tokenizer.BosId, tokenizer.EosId, tokenizer.PadId, tokenizer.VocabularySize));
        Assert.Equal("</s>", tokenizer.Eos);
        Assert.True(tokenizer.IsSpecial(257));
        Assert.False(tokenizer.IsSpecial(65));
    }

    [Fact]
    public void Special_tokens_are_left_out_of_decoded_text_on_request_and_other_added_tokens_are_not()
    {
        var tokenizer = Load(Added(256, "<s>"), Added(257, "<word>", special: false));

        Assert.Equal("a<word>", tokenizer.Decode([256, Id('a'), 257], skipSpecialTokens: true));
        Assert.Equal("<s>a<word>", tokenizer.Decode([256, Id('a'), 257]));
    }

    [Fact]
    public void Of_added_tokens_the_longest_that_starts_first_is_found()
    {
        var tokenizer = Load(Added(256, "<a>"), Added(257, "<a><b>"), Added(258, "b><"));

        Assert.Equal([257, 256, Id('x')], tokenizer.Encode("<a><b><a>x"));
    }

    [Fact]
    public void An_added_token_takes_the_white_space_along_that_it_strips()
    {
        var left = Load(Added(256, "<m>", lstrip: true));
        var right = Load(Added(256, "<m>", rstrip: true));

        Assert.Equal([Id('a'), 256, Id(' '), Id('b')], left.Encode("a \n<m> b"));
        Assert.Equal([Id('a'), Id(' '), 256, Id('b')], right.Encode("a <m> \nb"));
    }

    [Fact]
    public void A_single_word_token_is_not_found_inside_a_word()
    {
        var tokenizer = Load(Added(256, "cat", singleWord: true));

        Assert.DoesNotContain(256, tokenizer.Encode("concatenate _cat cats"));
        Assert.Equal([256, Id('.')], tokenizer.Encode("cat."));
    }

    [Fact]
    public void A_normalized_token_is_found_in_the_normalized_text_and_a_raw_one_only_in_the_raw_text()
    {
        var composed = "<\u00e9>";
        var decomposed = "<e\u0301>";
        var json = Json([Added(256, composed, normalized: true), Added(257, decomposed)]);
        json["normalizer"] = new JsonObject { ["type"] = "NFC" };
        var tokenizer = ModelTokenizer.FromJson(json.ToJsonString());

        Assert.Equal([257, 256], tokenizer.Encode(decomposed + composed));
    }

    [Fact]
    public void A_prefix_space_is_added_where_text_does_not_begin_with_one()
    {
        var json = Json([Added(256, "<s>")]);
        json["pre_tokenizer"]!["add_prefix_space"] = true;
        var tokenizer = ModelTokenizer.FromJson(json.ToJsonString());

        Assert.Equal([Id(' '), Id('a'), 256, Id(' '), Id('b')], tokenizer.Encode("a<s>b"));
        Assert.Equal([Id(' '), Id('a')], tokenizer.Encode(" a"));
    }

    [Fact]
    public void Letters_beyond_the_basic_plane_are_letters()
    {
        var pieces = new List<(int Offset, int Length)>();

        Split.Gpt2.Cut("😀𝐀b x", 10, pieces);

        Assert.Equal([(10, 2), (12, 3), (15, 2)], pieces);
    }

    [Theory]
    [InlineData("e\u0301", "\u00e9")]
    [InlineData("e\u0323\u0302", "\u1ec7")]                                          // two marks of different classes
    [InlineData("e\u0302\u0323", "\u1ec7")]                                          // in the other order
    [InlineData("q\u0307\u0323", "q\u0323\u0307")]                                   // reordered, nothing to compose
    [InlineData("\u212b", "\u00c5")]                                                 // a singleton
    [InlineData("\u0958", "\u0915\u093c")]                                           // excluded from composition
    [InlineData("\u1112\u1161\u11ab", "\ud55c")]                                     // Hangul
    [InlineData("a\u0315\u0300\u05ae\u0300b", "\u00e0\u05ae\u0300\u0315b")]         // from NormalizationTest.txt
    public void Normalization_form_C_is_Unicodes_own(string text, string composed) => Assert.Equal(composed, new NfcNormalizer().Normalize(text));

    [Fact]
    public void A_piece_that_is_a_token_is_taken_whole_when_merges_are_ignored()
    {
        var json = Json([], ["a b"]);
        json["model"]!["vocab"]!["abc"] = 257;                                      // no merge makes it
        var byMerges = ModelTokenizer.FromJson(json.ToJsonString());
        json["model"]!["ignore_merges"] = true;
        var whole = ModelTokenizer.FromJson(json.ToJsonString());

        Assert.Equal([256, Id('c')], byMerges.Encode("abc"));
        Assert.Equal([257], whole.Encode("abc"));
        Assert.Equal([256], whole.Encode("ab"));
    }

    [Fact]
    public void The_post_processor_puts_its_tokens_around_a_single_text()
    {
        var json = Json([Added(256, "<s>"), Added(257, "</s>")]);
        json["post_processor"] = JsonNode.Parse("""
            { "type": "Sequence", "processors": [ { "type": "ByteLevel" }, { "type": "TemplateProcessing",
              "single": [ { "SpecialToken": { "id": "<s>" } }, { "Sequence": { "id": "A" } }, { "SpecialToken": { "id": "</s>" } } ],
              "special_tokens": { "<s>": { "ids": [256] }, "</s>": { "ids": [257] } } } ] }
            """);
        var tokenizer = ModelTokenizer.FromJson(json.ToJsonString());

        Assert.Equal([256, Id('a'), 257], tokenizer.EncodeWithSpecialTokens("a"));
        Assert.Equal([Id('a')], tokenizer.Encode("a"));
    }

    [Fact]
    public void A_megabyte_without_a_space_encodes_in_time_and_decodes_back()
    {
        var tokenizer = ModelTokenizer.FromJson(Json([], ["a b", "ab ab", "abab abab"], ["ab", "abab", "abababab"]).ToJsonString());
        var text = string.Concat(Enumerable.Repeat("ab", 1 << 19));

        var ids = tokenizer.Encode(text);

        Assert.Equal(1 << 17, ids.Count);
        Assert.Equal(text, tokenizer.Decode(ids));
    }

    [Theory]
    [InlineData("""{ "type": "UnicodeScripts" }""", "pre_tokenizer", "tokenizer.json, pre_tokenizer.type: found 'UnicodeScripts', expected 'BertPreTokenizer'")]
    [InlineData("""{ "type": "Metaspace", "prepend_scheme": "last" }""", "pre_tokenizer", "pre_tokenizer.prepend_scheme: found 'last', expected 'always'")]
    [InlineData("""{ "type": "NFKC" }""", "normalizer", "tokenizer.json, normalizer.type: found 'NFKC', expected 'NFC', 'NFD'")]
    [InlineData("""{ "type": "Precompiled", "precompiled_charsmap": "AAA" }""", "normalizer", "normalizer.precompiled_charsmap: found text that is no table")]
    [InlineData("""{ "type": "CTC" }""", "decoder", "tokenizer.json, decoder.type: found 'CTC'")]
    [InlineData("""{ "type": "Nobody" }""", "post_processor", "tokenizer.json, post_processor.type: found 'Nobody'")]
    [InlineData("""{ "type": "Unigram", "vocab": { "a": 0 } }""", "model", "model.vocab: found an object, expected an array")]
    [InlineData("""{ "type": "Unigram", "vocab": [["a", 0]], "unk_id": 4 }""", "model", "model.unk_id: found 4, expected an id below 1")]
    [InlineData("""{ "type": "WordPiece", "vocab": { "a": 0 }, "unk_token": "?" }""", "model", "model.unk_token: found '?', expected a token of model.vocab")]
    [InlineData("""{ "type": "Markov", "vocab": { "a": 0 } }""", "model", "model.type: found 'Markov', expected 'BPE', 'Unigram' or 'WordPiece'")]
    [InlineData("""{ "type": "BPE", "vocab": { "a": 0 }, "merges": ["a z"] }""", "model", "model.merges: found 'z', which model.vocab lacks")]
    [InlineData("""{ "type": "BPE", "vocab": { "a": -1 }, "merges": [] }""", "model", "model.vocab.a: found -1, expected a whole number")]
    [InlineData("""{ "type": "BPE", "vocab": { "a": 2000000000 }, "merges": [] }""", "model", "model.vocab: found the id 2000000000 among 1 tokens")]
    [InlineData("""{ "type": "BPE", "vocab": { "a": 0 }, "merges": [], "dropout": 0.1 }""", "model", "model.dropout: found 0.1, expected null")]
    public void A_part_that_is_wrong_or_not_known_is_an_error_that_names_it(string part, string field, string error)
    {
        var json = Json([]);
        json[field] = JsonNode.Parse(part);

        var thrown = Assert.Throws<TokenizerException>(() => ModelTokenizer.FromJson(json.ToJsonString()));

        Assert.Contains(error, thrown.Message);
    }

    [Fact]
    public void A_file_that_is_not_json_is_an_error_with_line_and_byte()
    {
        var thrown = Assert.Throws<TokenizerException>(() => ModelTokenizer.FromJson("{\n  \"model\": oops }"));

        Assert.StartsWith("tokenizer.json, line 2, byte 12: found text that is not JSON", thrown.Message);
    }

    [Fact]
    public void A_role_that_names_an_unknown_token_is_an_error()
    {
        var thrown = Assert.Throws<TokenizerException>(() => ModelTokenizer.FromJson(Json([]).ToJsonString(), """{ "eos_token": "</s>" }"""));

        Assert.Contains("eos_token: found '</s>', expected a token of tokenizer.json", thrown.Message);
    }

    private static ModelTokenizer Load(params JsonNode[] added) => ModelTokenizer.FromJson(Json(added).ToJsonString());

    private static int Id(char character) => character;

    // Ids of the 256 bytes are their values; merges add tokens from 256 on.
    private static JsonObject Json(JsonNode[] added, string[]? merges = null, string[]? merged = null)
    {
        var vocabulary = new JsonObject();
        for (var value = 0; value < 256; value++)
        {
            vocabulary[ByteLevelAlphabet.LetterOf((byte)value).ToString()] = value;
        }
        foreach (var token in merged ?? [.. (merges ?? []).Select(merge => merge.Replace(" ", ""))])
        {
            vocabulary[token] = vocabulary.Count;
        }
        return new()
        {
            ["added_tokens"] = new JsonArray(added),
            ["normalizer"] = null,
            ["pre_tokenizer"] = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["use_regex"] = true },
            ["post_processor"] = null,
            ["decoder"] = new JsonObject { ["type"] = "ByteLevel" },
            ["model"] = new JsonObject { ["type"] = "BPE", ["vocab"] = vocabulary, ["merges"] = new JsonArray([.. (merges ?? []).Select(merge => (JsonNode)merge)]) },
        };
    }

    private static JsonObject Added(
        int id, string content, bool special = true, bool lstrip = false, bool rstrip = false, bool singleWord = false, bool normalized = false) => new()
        {
            ["id"] = id,
            ["content"] = content,
            ["special"] = special,
            ["lstrip"] = lstrip,
            ["rstrip"] = rstrip,
            ["single_word"] = singleWord,
            ["normalized"] = normalized,
        };
}
