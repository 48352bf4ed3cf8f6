using System.Text;

namespace ServerlessTuning.Datasets.Tokenization;

/// <summary>
/// A base model's tokenizer, loaded from its Hugging Face files: text to token ids and back, the same ids as the tokenizers library gives.
/// Safe for use by many threads.
/// </summary>
public sealed class ModelTokenizer
{
    private readonly AddedTokens _raw;              // found in the text as it is
    private readonly AddedTokens _normalized;       // found in what the normalizer made of it
    private readonly INormalizer? _normalizer;
    private readonly ITokenModel _model;
    private readonly SpecialTokensTemplate _template;
    private readonly TokenSpelling _spelling;
    private readonly TokenBytes _bytes;
    private readonly HashSet<int> _special;
    private readonly Dictionary<string, int> _vocabulary;

    internal ModelTokenizer(TokenizerParts parts, SpecialTokenNames names)
    {
        (_normalizer, _model, _template) = (parts.Normalizer, parts.Model, parts.Template);
        _raw = new([.. parts.AddedTokens.Where(token => !token.Normalized)]);
        _normalized = new([.. parts.AddedTokens.Where(token => token.Normalized)
            .Select(token => token with { Content = _normalizer?.Normalize(token.Content) ?? token.Content })]);
        _vocabulary = new(parts.Vocabulary, StringComparer.Ordinal);
        foreach (var token in parts.AddedTokens)
        {
            _vocabulary[token.Content] = token.Id;
        }
        _special = [.. parts.AddedTokens.Where(token => token.Special).Select(token => token.Id)];
        _spelling = parts.Spelling;
        _bytes = new(parts.Vocabulary, parts.AddedTokens, _spelling.BytesOf);
        VocabularySize = _vocabulary.Values.Max() + 1;
        if (_template.Before.Concat(_template.After).FirstOrDefault(id => !_bytes.Has(id), -1) is >= 0 and var nobody)
        {
            throw new TokenizerException("tokenizer.json", "post_processor", $"the id {nobody}", "ids of tokens", "Copy the file again from the model.");
        }

        Bos = names.Bos;
        Eos = names.Eos;
        BosId = IdOf(names.Bos, "bos_token");
        EosId = IdOf(names.Eos, "eos_token");
        PadId = IdOf(names.Pad, "pad_token");
        UnkId = IdOf(names.Unk, "unk_token");
    }

    /// <param name="tokenizerJson">The text of tokenizer.json.</param>
    /// <param name="tokenizerConfigJson">The text of tokenizer_config.json; tells the special tokens' roles. Null: none are known.</param>
    /// <exception cref="TokenizerException">A part of the file is malformed, or of a kind that would give other ids here.</exception>
    public static ModelTokenizer FromJson(string tokenizerJson, string? tokenizerConfigJson = null)
    {
        try
        {
            return new(TokenizerJson.Read(tokenizerJson), SpecialTokenNames.Read(tokenizerConfigJson));
        }
        catch (InvalidOperationException e) // what the JSON reader says of half a surrogate pair
        {
            throw new TokenizerException("tokenizer.json", "the whole file", $"a string that is no text ({e.Message})", "text in UTF-8", "Copy the file again from the model.");
        }
    }

    /// <summary>The tokenizer of a model's folder, whichever of <see cref="TokenizerFolder.Names"/> it holds.</summary>
    /// <exception cref="TokenizerException">There is none, or it cannot be used.</exception>
    public static ModelTokenizer FromFolder(string folder)
    {
        var json = TokenizerFolder.Json(folder)
            ?? throw new TokenizerException(Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)), "the folder", "no tokenizer", string.Join(", ", TokenizerFolder.Names), "Copy the tokenizer's files from the model.");
        var config = Path.Combine(folder, "tokenizer_config.json");
        return FromJson(json, File.Exists(config) ? File.ReadAllText(config) : null);
    }

    /// <summary>Highest id + 1: as many rows as the embedding must have at least.</summary>
    public int VocabularySize { get; }

    /// <summary>The text of bos_token; null when the model has none.</summary>
    public string? Bos { get; }

    /// <summary>The text of eos_token; null when the model has none.</summary>
    public string? Eos { get; }

    public int? BosId { get; }

    public int? EosId { get; }

    public int? PadId { get; }

    public int? UnkId { get; }

    /// <summary>A text in pieces has the tokens of the whole (merges over a seam apart): nothing is put before the first word of a text.</summary>
    public bool IsSeamless => _model is BytePairModel { AddsPrefixSpace: false };

    /// <summary>Recognises added tokens in the text, such as <c>&lt;|im_start|&gt;</c>, and adds none: right for what a chat template rendered.</summary>
    public List<int> Encode(string text)
    {
        var ids = new List<int>(text.Length / 3 + 4);
        foreach (var piece in _raw.Split(text))
        {
            if (piece.Id is { } id)
            {
                ids.Add(id);
            }
            else
            {
                EncodeNormalized(piece.Text(text), piece.Offset == 0, ids);
            }
        }
        return ids;
    }

    /// <summary>As <see cref="Encode"/>, with the tokens that the post-processor puts around a single text (for example a first <c>&lt;s&gt;</c>).</summary>
    public List<int> EncodeWithSpecialTokens(string text) => _template.Around(Encode(text));

    /// <summary>Bytes that are not UTF-8, as at a cut, become U+FFFD.</summary>
    /// <param name="skipSpecialTokens">Leave out added tokens marked special.</param>
    public string Decode(IEnumerable<int> ids, bool skipSpecialTokens = false)
    {
        var bytes = new List<byte>();
        foreach (var id in ids)
        {
            if (!skipSpecialTokens || !_special.Contains(id))
            {
                bytes.AddRange(_bytes.Of(id));
            }
        }
        var text = Encoding.UTF8.GetString([.. bytes]);
        return _spelling.Tidy(_spelling.DropsFirstSpace && text.StartsWith(' ') ? text[1..] : text);
    }

    /// <summary>The bytes that a token stands for, for decoding as tokens come.</summary>
    public ReadOnlyMemory<byte> BytesOf(int id) => _bytes.Of(id);

    /// <summary>Whether the id is an added token marked special: a role or boundary, not text.</summary>
    public bool IsSpecial(int id) => _special.Contains(id);

    /// <summary>Null when no token is spelled so.</summary>
    public int? TokenToId(string token) => _vocabulary.TryGetValue(token, out var id) ? id : null;

    private void EncodeNormalized(string raw, bool isFirst, List<int> ids)
    {
        var text = _normalizer?.Normalize(raw) ?? raw;
        foreach (var piece in _normalized.Split(text))
        {
            if (piece.Id is { } id)
            {
                ids.Add(id);
            }
            else
            {
                _model.Encode(piece.Text(text), isFirst && piece.Offset == 0, ids);
            }
        }
    }

    private int? IdOf(string? token, string field) => token is null ? null : TokenToId(token) ??
        throw new TokenizerException("tokenizer_config.json", field, $"'{token}'", "a token of tokenizer.json", "Take both files from the same model.");
}
