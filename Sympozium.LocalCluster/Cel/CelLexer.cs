using System.Globalization;
using System.Text;

namespace Sympozium.LocalCluster.Cel;

/// <summary>Cuts an expression into tokens, by the lexical rules of the CEL specification.</summary>
internal sealed class CelLexer(string text)
{
    private static readonly string[] Pairs = ["==", "!=", "<=", ">=", "&&", "||"];

    private int _at;

    /// <exception cref="CelSyntaxException">A character or literal that cannot be.</exception>
    public static List<CelToken> Read(string text)
    {
        CelLexer lexer = new(text);
        List<CelToken> tokens = [];
        do
        {
            tokens.Add(lexer.Next());
        }
        while (tokens[^1].Kind != CelTokenKind.End);
        return tokens;
    }

    private char Current => At(_at);

    private char At(int index) => index < text.Length ? text[index] : '\0';

    private CelToken Next()
    {
        SkipSpace();
        int start = _at;
        if (_at >= text.Length)
        {
            return new CelToken(CelTokenKind.End, start, "<EOF>");
        }

        char c = Current;
        if (IsPrefix(c, out int prefix))
        {
            return Literal(start, prefix);
        }

        if (c == '_' || char.IsAsciiLetter(c))
        {
            while (Current == '_' || char.IsAsciiLetterOrDigit(Current))
            {
                _at++;
            }

            return new CelToken(CelTokenKind.Identifier, start, text[start.._at]);
        }

        if (char.IsAsciiDigit(c) || (c == '.' && char.IsAsciiDigit(At(_at + 1))))
        {
            return Number(start);
        }

        foreach (string pair in Pairs)
        {
            if (c == pair[0] && At(_at + 1) == pair[1])
            {
                _at += 2;
                return new CelToken(CelTokenKind.Symbol, start, pair);
            }
        }

        if ("<>!+-*/%?:.,()[]{}".Contains(c, StringComparison.Ordinal))
        {
            _at++;
            return new CelToken(CelTokenKind.Symbol, start, c.ToString());
        }

        throw new CelSyntaxException(start, $"Syntax error: token recognition error at: '{c}'");
    }

    private void SkipSpace()
    {
        while (_at < text.Length)
        {
            if (char.IsWhiteSpace(text[_at]))
            {
                _at++;
            }
            else if (text[_at] == '/' && At(_at + 1) == '/')
            {
                while (_at < text.Length && text[_at] != '\n')
                {
                    _at++;
                }
            }
            else
            {
                return;
            }
        }
    }

    /// <summary>Whether a string or bytes literal begins here: quotes after any of r, b, rb, br.</summary>
    private bool IsPrefix(char c, out int length)
    {
        length = 0;
        while (length < 2 && "rRbB".Contains(At(_at + length), StringComparison.Ordinal))
        {
            length++;
        }

        bool doubled = length == 2 && char.ToLowerInvariant(c) == char.ToLowerInvariant(At(_at + 1));
        return !doubled && At(_at + length) is '"' or '\'';
    }

    private CelToken Literal(int start, int prefix)
    {
        string letters = text.Substring(start, prefix).ToLowerInvariant();
        _at = start + prefix;
        char quote = Current;
        bool triple = At(_at + 1) == quote && At(_at + 2) == quote;
        _at += triple ? 3 : 1;
        bool isBytes = letters.Contains('b', StringComparison.Ordinal);
        List<byte>? bytes = isBytes ? [] : null;
        StringBuilder content = new();
        while (!AtQuote(quote, triple))
        {
            if (_at >= text.Length || (!triple && Current is '\n' or '\r'))
            {
                throw new CelSyntaxException(start, $"Syntax error: token recognition error at: '{text[start.._at]}'");
            }

            if (Current == '\\' && !letters.Contains('r', StringComparison.Ordinal))
            {
                Escape(content, bytes);
            }
            else
            {
                Append(content, bytes, Current);
                _at++;
            }
        }

        _at += triple ? 3 : 1;
        return isBytes
            ? new CelToken(CelTokenKind.Bytes, start, text[start.._at], bytes!.ToArray())
            : new CelToken(CelTokenKind.String, start, text[start.._at], content.ToString());
    }

    private bool AtQuote(char quote, bool triple) => Current == quote && (!triple || (At(_at + 1) == quote && At(_at + 2) == quote));

    private void Append(StringBuilder content, List<byte>? bytes, char c)
    {
        if (bytes is null)
        {
            content.Append(c);
        }
        else if (char.IsHighSurrogate(c))
        {
            bytes.AddRange(Encoding.UTF8.GetBytes(text.Substring(_at, 2)));
            _at++;
        }
        else
        {
            bytes.AddRange(Encoding.UTF8.GetBytes([c]));
        }
    }

    private void Escape(StringBuilder content, List<byte>? bytes)
    {
        int start = _at++;
        char c = Current;
        _at++;
        int simple = "abfnrtv\\?\"'`".IndexOf(c, StringComparison.Ordinal);
        if (simple >= 0)
        {
            char meant = "\a\b\f\n\r\t\v\\?\"'`"[simple];
            content.Append(meant);
            bytes?.Add((byte)meant);
            return;
        }

        (int digits, int radix) = c switch
        {
            'x' or 'X' => (2, 16),
            'u' => (4, 16),
            'U' => (8, 16),
            >= '0' and <= '3' => (3, 8),
            _ => throw new CelSyntaxException(start, $"Syntax error: unable to unescape string: \\{c}"),
        };
        if (radix == 8)
        {
            _at--;
        }

        string number = _at + digits <= text.Length ? text.Substring(_at, digits) : "";
        _at += digits;
        if (number.Length == 0 || !number.All(digit => radix == 8 ? digit is >= '0' and <= '7' : char.IsAsciiHexDigit(digit)))
        {
            throw new CelSyntaxException(start, "Syntax error: unable to unescape string: not enough digits");
        }

        int code = Convert.ToInt32(number, radix);
        if (bytes is not null && c is not ('u' or 'U'))
        {
            bytes.Add((byte)code);
            return;
        }

        if (!Rune.IsValid(code))
        {
            throw new CelSyntaxException(start, "Syntax error: unable to unescape string: not a Unicode code point");
        }

        string rune = new Rune(code).ToString();
        content.Append(rune);
        bytes?.AddRange(Encoding.UTF8.GetBytes(rune));
    }

    private CelToken Number(int start)
    {
        if (Current == '0' && At(_at + 1) is 'x' or 'X')
        {
            _at += 2;
            while (char.IsAsciiHexDigit(Current))
            {
                _at++;
            }

            return Whole(start, text[(start + 2).._at], NumberStyles.AllowHexSpecifier);
        }

        Digits();
        bool isReal = Current == '.' && char.IsAsciiDigit(At(_at + 1));
        if (isReal)
        {
            _at++;
            Digits();
        }

        if (Current is 'e' or 'E')
        {
            int mark = _at++;
            _at += Current is '+' or '-' ? 1 : 0;
            if (char.IsAsciiDigit(Current))
            {
                isReal = true;
                Digits();
            }
            else
            {
                _at = mark;
            }
        }

        string digits = text[start.._at];
        return isReal
            ? new CelToken(CelTokenKind.Double, start, digits, double.Parse(digits, CultureInfo.InvariantCulture))
            : Whole(start, digits, NumberStyles.None);
    }

    private void Digits()
    {
        while (char.IsAsciiDigit(Current))
        {
            _at++;
        }
    }

    private CelToken Whole(int start, string digits, NumberStyles styles)
    {
        if (!ulong.TryParse(digits, styles, CultureInfo.InvariantCulture, out ulong number))
        {
            throw new CelSyntaxException(start, "invalid int literal");
        }

        if (Current is 'u' or 'U')
        {
            _at++;
            return new CelToken(CelTokenKind.UInt, start, text[start.._at], number);
        }

        // One more than the largest is right only after a minus; the parser looks.
        return new CelToken(CelTokenKind.Int, start, digits, number);
    }
}
