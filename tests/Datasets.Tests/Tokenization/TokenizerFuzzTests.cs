using System.Text.Json;
using ServerlessTuning.Datasets.Tests.Checkpoints;
using ServerlessTuning.Datasets.Tokenization;

namespace ServerlessTuning.Datasets.Tests.Tokenization;

/// <summary>Damaged tokenizer files, and texts through those that are still whole: as in <see cref="FuzzTests"/>.</summary>
public sealed class TokenizerFuzzTests
{
    private static readonly string[] s_files =
    [
        """{"version":"1.0","added_tokens":[{"id":5,"content":"<|end|>","single_word":false,"lstrip":true,"rstrip":false,"normalized":false,"special":true}],"normalizer":{"type":"NFC"},"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"\\p{L}+|\\s+"},"behavior":"Isolated","invert":false},{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}]},"post_processor":{"type":"ByteLevel"},"decoder":{"type":"ByteLevel"},"model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2,"Ġ":3,"Ġab":4},"merges":[["a","b"],["Ġ","ab"]]}}""",
        """{"added_tokens":[{"id":0,"content":"<unk>","special":true},{"id":1,"content":"<s>","special":true}],"normalizer":{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},"content":"▁"}]},"pre_tokenizer":null,"post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],"pair":[],"special_tokens":{"<s>":{"id":"<s>","ids":[1],"tokens":["<s>"]}}},"decoder":{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]},"model":{"type":"BPE","unk_token":"<unk>","fuse_unk":true,"byte_fallback":true,"vocab":{"<unk>":0,"<s>":1,"▁":2,"a":3,"b":4,"▁a":5,"▁ab":6},"merges":["▁ a","▁a b"]}}""",
        """{"added_tokens":[],"normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true},"pre_tokenizer":{"type":"BertPreTokenizer"},"post_processor":{"type":"BertProcessing","sep":["[SEP]",1],"cls":["[CLS]",0]},"decoder":{"type":"WordPiece","prefix":"##","cleanup":true},"model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100,"vocab":{"[CLS]":0,"[SEP]":1,"[UNK]":2,"a":3,"##b":4,"!":5}}}""",
        """{"added_tokens":[{"id":0,"content":"<pad>","special":true}],"normalizer":{"type":"Lowercase"},"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true}]},"decoder":{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true},"model":{"type":"Unigram","unk_id":1,"byte_fallback":false,"vocab":[["<pad>",0.0],["<unk>",0.0],["▁",-2.0],["a",-3.5],["▁ab",-1.25],["b",-4.0]]}}""",
    ];

    [Fact]
    public void Damaged_tokenizers_are_refused_or_work() => FuzzTests.Run(s_files, (_, text) => Use(ModelTokenizer.FromJson(text)), (json, _) => json, e => e is TokenizerException or JsonException);

    private static void Use(ModelTokenizer tokenizer)
    {
        var ids = tokenizer.EncodeWithSpecialTokens(" ab!aa  b<|end|> é語😀\0\u0301\t<s>aab");
        tokenizer.Decode(ids.Where(id => id < tokenizer.VocabularySize));
    }
}
