using System.Text;
using Microsoft.ML.Tokenizers;

namespace ServerlessTuning.Datasets.Tokenization;

/// <summary>Byte-level byte-pair encoding, as GPT-2, Llama 3 and Qwen use it, on Microsoft.ML.Tokenizers.</summary>
internal sealed class BytePairModel : ITokenModel
{
    private readonly BpeTokenizer _tokenizer;
    private readonly ByteLevelPreTokenizer _preTokenizer;
    private readonly IReadOnlyDictionary<string, int>? _wholePieces;

    private BytePairModel(IReadOnlyDictionary<string, int> vocabulary, IEnumerable<string> merges, ByteLevelPreTokenizer preTokenizer, bool ignoreMerges)
    {
        _preTokenizer = preTokenizer;
        _wholePieces = ignoreMerges ? vocabulary : null;
        _tokenizer = BpeTokenizer.Create(new BpeOptions(vocabulary) { Merges = merges, ByteLevel = true, PreTokenizer = preTokenizer });
    }

    public static BytePairModel Read(JsonPart model, JsonPart? preTokenizer, IReadOnlyDictionary<string, int> vocabulary)
    {
        if (model.Optional("type") is { } type && type.String != "BPE")
        {
            throw type.Unsupported("'BPE' over bytes");
        }
        RefuseDropout(model);
        if (model.Flag("byte_fallback"))
        {
            throw model["byte_fallback"].Unsupported("false: 'BPE' over bytes");
        }
        foreach (var affix in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
        {
            if (model.Optional(affix) is { String.Length: > 0 } text)
            {
                throw text.Unsupported("null");
            }
        }
        var pieces = ByteLevelPreTokenizer.Read(preTokenizer ?? throw model.Wrong("no pre_tokenizer beside it", "a pre_tokenizer that is or ends with 'ByteLevel'"));
        return new(vocabulary, Merges(model["merges"], vocabulary).ToList(), pieces, model.Flag("ignore_merges"));
    }

    public bool AddsPrefixSpace => _preTokenizer.AddPrefixSpace;

    public void Encode(string text, bool isFirst, List<int> ids)
    {
        if (_preTokenizer.AddPrefixSpace && !text.StartsWith(' '))
        {
            text = " " + text;
        }
        if (_wholePieces is null)
        {
            ids.AddRange(_tokenizer.EncodeToIds(text, considerNormalization: false));
            return;
        }
        foreach (var (offset, length) in _preTokenizer.PreTokenize(text))
        {
            EncodeWhole(text.AsSpan(offset, length), ids);
        }
    }

    // ignore_merges (Llama 3): a piece that is itself a token is that token, whatever the merges would make of it.
    private void EncodeWhole(ReadOnlySpan<char> piece, List<int> ids)
    {
        if (_wholePieces!.TryGetValue(ByteLevelAlphabet.Spell(Encoding.UTF8.GetBytes(piece.ToString())), out var id))
        {
            ids.Add(id);
        }
        else
        {
            ids.AddRange(_tokenizer.EncodeToIds(piece, considerPreTokenization: false, considerNormalization: false));
        }
    }

    internal static void RefuseDropout(JsonPart model)
    {
        if (model.Optional("dropout") is { } dropout && dropout.Element.GetRawText() is not ("0" or "0.0"))
        {
            throw dropout.Unsupported("null");
        }
    }

    // "a b" until 2024, then ["a", "b"].
    internal static IEnumerable<(string Left, string Right)> Pairs(JsonPart merges)
    {
        foreach (var merge in merges.Items)
        {
            var pair = merge.Element.ValueKind == System.Text.Json.JsonValueKind.Array ? [.. merge.Items.Select(part => part.String)] : merge.String.Split(' ');
            yield return pair is [{ Length: > 0 } left, { Length: > 0 } right] ? (left, right) : throw merge.Wrong(merge.Element.GetRawText(), "two tokens");
        }
    }

    private static IEnumerable<string> Merges(JsonPart merges, IReadOnlyDictionary<string, int> vocabulary)
    {
        foreach (var (left, right) in Pairs(merges))
        {
            if (((string[])[left, right, left + right]).FirstOrDefault(token => token.Contains(' ') || !vocabulary.ContainsKey(token)) is { } missing)
            {
                throw merges.Wrong($"'{missing}', which model.vocab lacks", "tokens of model.vocab");
            }

            yield return $"{left} {right}";
        }
    }
}
