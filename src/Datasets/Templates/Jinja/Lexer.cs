using System.Text;

namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>
/// Template text to tokens, with the settings that transformers uses: trim_blocks (the newline after a block tag goes), lstrip_blocks (white space between
/// the line's start and a block tag goes), and no newline kept at the template's end.
/// </summary>
internal sealed class Lexer
{
    private static readonly string[] s_operators =
        ["**", "//", "==", "!=", ">=", "<=", "+", "-", "*", "/", "%", "~", ">", "<", "=", ".", ":", "|", ",", "(", ")", "[", "]", "{", "}", ";"];

    private readonly string _source;
    private readonly List<int> _lines;                // where each line begins
    private readonly List<Token> _tokens = [];
    private int _at;
    private bool _lineStarts = true;                  // nothing but a trimmed newline stands before _at on its line

    private Lexer(string source)
    {
        var text = source.Replace("\r\n", "\n").Replace('\r', '\n');
        _source = text.EndsWith('\n') ? text[..^1] : text;
        _lines = [0, .. Enumerable.Range(0, _source.Length).Where(i => _source[i] == '\n').Select(i => i + 1)];
    }

    public static IReadOnlyList<Token> Tokenize(string source)
    {
        var lexer = new Lexer(source);
        lexer.Run();
        return lexer._tokens;
    }

    private void Run()
    {
        while (NextTag() is >= 0 and var tag)
        {
            var kind = _source[tag + 1];
            AddText(tag, kind);
            _at = tag + 2;
            _at += Here() is '-' or '+' ? 1 : 0;
            switch (kind)
            {
                case '#':
                    SkipComment(tag);
                    break;
                case '%' when RawBlock() is { } contentStart:
                    AddRaw(tag, contentStart);
                    break;
                default:
                    AddTag(tag, kind == '%');
                    break;
            }
        }
        Add(TokenKind.Text, _source[_at..], _at);
        _at = _source.Length;
        Add(TokenKind.End, "", _at);
    }

    private int NextTag()
    {
        for (var tag = _source.IndexOf('{', _at); tag >= 0 && tag + 1 < _source.Length; tag = _source.IndexOf('{', tag + 1))
        {
            if (_source[tag + 1] is '{' or '%' or '#')
            {
                return tag;
            }
        }
        return -1;
    }

    private void AddText(int tag, char kind)
    {
        var text = _source[_at..tag];
        var sign = tag + 2 < _source.Length ? _source[tag + 2] : '\0';
        if (sign == '-')
        {
            text = text.TrimEnd();
        }
        else if (sign != '+' && kind != '{')
        {
            var line = text.LastIndexOf('\n') + 1;
            if ((line > 0 || _lineStarts) && text.AsSpan(line).IsWhiteSpace())
            {
                text = text[..line];
            }
        }
        Add(TokenKind.Text, text, _at);
    }

    private void SkipComment(int tag)
    {
        var end = _source.IndexOf("#}", _at, StringComparison.Ordinal);
        if (end < 0)
        {
            throw PositionOf(tag).Error("the comment that begins here with '{#' has no '#}'.");
        }
        var sign = end > _at ? _source[end - 1] : ' ';
        _at = end + 2;
        AfterBlock(sign);
    }

    // {% raw %} … {% endraw %}: everything between is text. Unlike after other tags, the newline after {% raw %} stays.
    private int? RawBlock()
    {
        var at = SkipSpaces(_at);
        if (!StandsAt(at, "raw"))
        {
            return null;
        }
        at = SkipSpaces(at + 3);
        var minus = StandsAt(at, "-");
        at += minus ? 1 : 0;
        if (!StandsAt(at, "%}"))
        {
            return null;
        }
        _at = minus ? SkipSpaces(at + 2) : at + 2;
        return _at;
    }

    private void AddRaw(int tag, int start)
    {
        for (var end = _source.IndexOf("{%", start, StringComparison.Ordinal); end >= 0; end = _source.IndexOf("{%", end + 2, StringComparison.Ordinal))
        {
            var sign = StandsAt(end + 2, "-") || StandsAt(end + 2, "+") ? _source[end + 2] : ' ';
            var at = SkipSpaces(end + (sign == ' ' ? 2 : 3));
            if (!StandsAt(at, "endraw"))
            {
                continue;
            }
            at = SkipSpaces(at + 6);
            var closing = StandsAt(at, "-") || StandsAt(at, "+") ? _source[at++] : ' ';
            if (!StandsAt(at, "%}"))
            {
                continue;
            }
            AddRawText(start, end, sign);
            _at = at + 2;
            AfterBlock(closing);
            return;
        }
        throw PositionOf(tag).Error("the raw block that begins here has no {% endraw %}.");
    }

    private void AddRawText(int start, int end, char sign)
    {
        var text = _source[start..end];
        var line = text.LastIndexOf('\n') + 1;
        Add(TokenKind.Text, sign == '-' ? text.TrimEnd() : sign == ' ' && line > 0 && text.AsSpan(line).IsWhiteSpace() ? text[..line] : text, start);
    }

    private bool StandsAt(int at, string text) => string.CompareOrdinal(_source, at, text, 0, text.Length) == 0;

    private void AddTag(int tag, bool block)
    {
        var closing = block ? "%}" : "}}";
        Add(block ? TokenKind.BlockStart : TokenKind.OutputStart, "", tag);
        var open = 0;                                  // brackets: a dict's }} does not end an output
        while (true)
        {
            _at = SkipSpaces(_at);
            if (_at >= _source.Length)
            {
                throw PositionOf(tag).Error($"the tag that begins here has no '{closing}'.");
            }
            if (open == 0 && EndsTag(closing))
            {
                return;
            }
            var before = _tokens.Count;
            AddExpressionToken();
            open += _tokens[before].Kind != TokenKind.Operator ? 0 : _tokens[before].Text switch { "(" or "[" or "{" => 1, ")" or "]" or "}" => -1, _ => 0 };
        }
    }

    private bool EndsTag(string closing)
    {
        var sign = (Here() == '-' || (Here() == '+' && closing == "%}")) && StandsAt(_at + 1, closing) ? Here() : ' ';
        if (sign == ' ' && !StandsAt(_at, closing))
        {
            return false;
        }
        Add(closing == "%}" ? TokenKind.BlockEnd : TokenKind.OutputEnd, "", _at);
        _at += sign == ' ' ? 2 : 3;
        if (closing == "%}" || sign == '-')
        {
            AfterBlock(sign);
        }
        else
        {
            _lineStarts = false;
        }
        return true;
    }

    // '-': all white space that follows goes; trim_blocks: one newline goes, unless '+' keeps it.
    private void AfterBlock(char sign)
    {
        var before = _at;
        if (sign == '-')
        {
            _at = SkipSpaces(_at);
        }
        else if (sign != '+' && Here() == '\n')
        {
            _at++;
        }
        _lineStarts = _at > before && _source[_at - 1] == '\n';
    }

    private void AddExpressionToken()
    {
        var start = _at;
        var c = _source[_at];
        if (char.IsLetter(c) || c == '_')
        {
            while (_at < _source.Length && (char.IsLetterOrDigit(_source[_at]) || _source[_at] == '_'))
            {
                _at++;
            }
            Add(TokenKind.Name, _source[start.._at], start);
        }
        else if (char.IsAsciiDigit(c))
        {
            AddNumber(start);
        }
        else if (c is '\'' or '"')
        {
            AddString(start, c);
        }
        else if (Array.Find(s_operators, text => string.CompareOrdinal(_source, start, text, 0, text.Length) == 0) is { } found)
        {
            _at += found.Length;
            Add(TokenKind.Operator, found, start);
        }
        else
        {
            throw PositionOf(start).Error($"'{c}' does not belong in an expression.");
        }
    }

    private void AddNumber(int start)
    {
        if (Here() == '0' && Peek(1) is 'x' or 'X' or 'o' or 'O' or 'b' or 'B' && char.IsAsciiHexDigit(Peek(2)))
        {
            _at += 2;
            while (char.IsAsciiHexDigit(Here()) || (Here() == '_' && char.IsAsciiHexDigit(Peek(1))))
            {
                _at++;
            }
            Add(TokenKind.Integer, _source[start.._at].Replace("_", ""), start);
            return;
        }
        SkipDigits();
        var isFloat = Here() == '.' && char.IsAsciiDigit(Peek(1)) && (start == 0 || _source[start - 1] != '.');     // x.0.1 are two items
        if (isFloat)
        {
            _at++;
            SkipDigits();
        }
        if (Here() is 'e' or 'E' && (char.IsAsciiDigit(Peek(1)) || (Peek(1) is '+' or '-' && char.IsAsciiDigit(Peek(2)))))
        {
            isFloat = true;
            _at += Peek(1) is '+' or '-' ? 2 : 1;
            SkipDigits();
        }
        Add(isFloat ? TokenKind.Float : TokenKind.Integer, _source[start.._at].Replace("_", ""), start);
    }

    private void AddString(int start, char quote)
    {
        var text = new StringBuilder();
        for (_at++; _at < _source.Length && _source[_at] != quote; _at++)
        {
            text.Append(_source[_at] == '\\' && _at + 1 < _source.Length ? Escape() : _source[_at].ToString());
        }
        if (_at >= _source.Length)
        {
            throw PositionOf(start).Error("the string that begins here has no closing quote.");
        }
        _at++;
        Add(TokenKind.String, text.ToString(), start);
    }

    // Python's escapes; one it does not know keeps its backslash. Leaves _at on the escape's last character.
    private string Escape()
    {
        var c = _source[++_at];
        switch (c)
        {
            case 'n': return "\n";
            case 't': return "\t";
            case 'r': return "\r";
            case 'b': return "\b";
            case 'f': return "\f";
            case 'v': return "\v";
            case 'a': return "\a";
            case >= '0' and <= '7': return Octal();
            case '\n': return "";
            case '\\' or '\'' or '"': return c.ToString();
            case 'x' or 'u' or 'U':
                var digits = c switch { 'x' => 2, 'u' => 4, _ => 8 };
                if (_at + digits < _source.Length
                    && int.TryParse(_source.AsSpan(_at + 1, digits), System.Globalization.NumberStyles.HexNumber, null, out var code) && (code <= 0xFFFF || Rune.IsValid(code)))
                {
                    _at += digits;
                    return code <= 0xFFFF ? ((char)code).ToString() : new Rune(code).ToString();
                }
                throw PositionOf(_at - 1).Error($"'\\{c}' needs {digits} hexadecimal digits.");
            default: return $"\\{c}";
        }
    }

    // Up to three octal digits.
    private string Octal()
    {
        var code = _source[_at] - '0';
        for (var i = 0; i < 2 && Peek(1) is >= '0' and <= '7'; i++)
        {
            code = code * 8 + (_source[++_at] - '0');
        }
        return ((char)code).ToString();
    }

    private void Add(TokenKind kind, string text, int start)
    {
        if (kind != TokenKind.Text || text.Length > 0)
        {
            _tokens.Add(new(kind, text, PositionOf(start)));
        }
    }

    private char Here() => Peek(0);

    private char Peek(int ahead) => _at + ahead < _source.Length ? _source[_at + ahead] : '\0';

    private int SkipSpaces(int at)
    {
        while (at < _source.Length && char.IsWhiteSpace(_source[at]))
        {
            at++;
        }
        return at;
    }

    private void SkipDigits()
    {
        while (char.IsAsciiDigit(Here()) || (Here() == '_' && char.IsAsciiDigit(Peek(1))))
        {
            _at++;
        }
    }

    private Position PositionOf(int at)
    {
        var line = _lines.BinarySearch(at);
        line = line >= 0 ? line : ~line - 1;
        return new(line + 1, at - _lines[line] + 1);
    }
}
