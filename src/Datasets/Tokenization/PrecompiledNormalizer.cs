using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace ServerlessTuning.Datasets.Tokenization;

/// <summary>
/// SentencePiece's table of replacements: a double-array trie over UTF-8 (darts-clone's layout) whose values point at texts that end with a zero. A cluster of up to
/// five bytes is looked up whole, else character by character. Source: sentencepiece, normalizer.cc; spm_precompiled.
/// </summary>
internal sealed class PrecompiledNormalizer : INormalizer
{
    private readonly uint[] _trie;
    private readonly byte[] _texts;

    private PrecompiledNormalizer(uint[] trie, byte[] texts) => (_trie, _texts) = (trie, texts);

    public static PrecompiledNormalizer Read(JsonPart part)
    {
        var map = part["precompiled_charsmap"];
        try
        {
            var bytes = Convert.FromBase64String(map.String);
            var size = BinaryPrimitives.ReadInt32LittleEndian(bytes);
            if (size < 4 || size % 4 != 0 || size > bytes.Length - 4)
            {
                throw map.Wrong($"a table of {size} bytes in {bytes.Length}", "a table that fits");
            }

            var trie = new uint[size / 4];
            for (var i = 0; i < trie.Length; i++)
            {
                trie[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4 + 4 * i));
            }

            return new(trie, bytes[(4 + size)..]);
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            throw map.Wrong("text that is no table", "base64 as SentencePiece writes it");
        }
    }

    public string Normalize(string text)
    {
        var result = new StringBuilder(text.Length);
        for (var clusters = StringInfo.GetTextElementEnumerator(text); clusters.MoveNext();)
        {
            var cluster = clusters.GetTextElement();
            if (Encoding.UTF8.GetByteCount(cluster) < 6 && Replacement(cluster) is { } whole)
            {
                result.Append(whole);
                continue;
            }

            foreach (var rune in cluster.EnumerateRunes())
            {
                result.Append(Replacement(rune.ToString()) ?? rune.ToString());
            }
        }

        return result.ToString();
    }

    /// <summary>Of the shortest beginning that the trie holds.</summary>
    private string? Replacement(string text)
    {
        uint node = 0;
        var unit = _trie[0];
        node ^= Offset(unit);
        foreach (var b in Encoding.UTF8.GetBytes(text))
        {
            if (b == 0 || (node ^= b) >= _trie.Length || Label(unit = _trie[node]) != b)
            {
                return null;
            }

            node ^= Offset(unit);
            if (HasLeaf(unit) && node < _trie.Length)
            {
                return TextAt((int)(_trie[node] & 0x7FFF_FFFF));
            }
        }

        return null;
    }

    private string? TextAt(int at)
    {
        if (at >= _texts.Length)
        {
            return null;
        }

        var length = _texts.AsSpan(at).IndexOf((byte)0);
        return Encoding.UTF8.GetString(_texts, at, length < 0 ? _texts.Length - at : length);
    }

    private static uint Label(uint unit) => unit & (0x8000_0000 | 0xFF);

    private static bool HasLeaf(uint unit) => (unit >> 8 & 1) == 1;

    private static uint Offset(uint unit) => unit >> 10 << (int)((unit & (1u << 9)) >> 6);
}
