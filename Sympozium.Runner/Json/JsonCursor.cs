using System.Buffers.Text;
using System.Text;

namespace Sympozium.Runner.Json;

/// <summary>Kinds of JSON values.</summary>
internal enum JsonKind
{
    /// <summary>Nothing follows.</summary>
    None,

    /// <summary>An object.</summary>
    Object,

    /// <summary>An array.</summary>
    Array,

    /// <summary>A string.</summary>
    String,

    /// <summary>A number.</summary>
    Number,

    /// <summary><c>true</c>, <c>false</c> or <c>null</c>.</summary>
    Literal,
}

/// <summary>
/// Walks once through JSON (RFC 8259) and checks it on the way. It reads the few fields of a model's answer and checks files before they
/// travel on; Utf8JsonReader would cost about 8 ms of processor time in a fresh process. Throws <see cref="FormatException"/>.
/// </summary>
internal ref struct JsonCursor(ReadOnlySpan<byte> json)
{
    private const int MaxDepth = 64;
    private readonly ReadOnlySpan<byte> _json = json;
    private int _depth;

    /// <summary>Where it stands.</summary>
    public int Position { get; private set; }

    /// <summary>Whether these bytes are one JSON value in valid UTF-8, and of which kind.</summary>
    public static JsonKind Check(ReadOnlySpan<byte> json)
    {
        var cursor = new JsonCursor(json);
        try
        {
            JsonKind kind = cursor.Peek();
            cursor.Skip();
            return cursor.Peek() == JsonKind.None && System.Text.Unicode.Utf8.IsValid(json) ? kind : JsonKind.None;
        }
        catch (FormatException)
        {
            return JsonKind.None;
        }
    }

    /// <summary>Kind of the next value.</summary>
    public JsonKind Peek()
    {
        SkipSpace();
        if (Position >= _json.Length)
        {
            return JsonKind.None;
        }

        return _json[Position] switch
        {
            (byte)'{' => JsonKind.Object,
            (byte)'[' => JsonKind.Array,
            (byte)'"' => JsonKind.String,
            (byte)'-' or (>= (byte)'0' and <= (byte)'9') => JsonKind.Number,
            (byte)'t' or (byte)'f' or (byte)'n' => JsonKind.Literal,
            _ => throw Wrong(),
        };
    }

    /// <summary>Enters the object or array that must follow.</summary>
    public void Enter(JsonKind kind)
    {
        if (Peek() != kind || ++_depth > MaxDepth)
        {
            throw Wrong();
        }

        Position++;
    }

    /// <summary>Moves to the next property of the object entered last; false at its end, which is consumed.</summary>
    public bool NextProperty(out ReadOnlySpan<byte> name)
    {
        name = default;
        if (!NextPart((byte)'{', (byte)'}'))
        {
            return false;
        }

        if (Peek() != JsonKind.String)
        {
            throw Wrong();
        }

        name = RawString();
        SkipSpace();
        Expect((byte)':');
        return true;
    }

    /// <summary>Moves to the next item of the array entered last; false at its end, which is consumed.</summary>
    public bool NextItem() => NextPart((byte)'[', (byte)']');

    /// <summary>Skips one value, checking it, and returns its bytes.</summary>
    public ReadOnlySpan<byte> Skip()
    {
        JsonKind kind = Peek();
        int start = Position;
        switch (kind)
        {
            case JsonKind.Object:
                Enter(kind);
                while (NextProperty(out _))
                {
                    Skip();
                }

                break;
            case JsonKind.Array:
                Enter(kind);
                while (NextItem())
                {
                    Skip();
                }

                break;
            case JsonKind.String:
                RawString();
                break;
            case JsonKind.Number:
                RawNumber();
                break;
            case JsonKind.Literal:
                RawLiteral();
                break;
            default:
                throw Wrong();
        }

        return _json[start..Position];
    }

    /// <summary>Reads a string; any other value is skipped and gives null.</summary>
    public string? String()
    {
        if (Peek() != JsonKind.String)
        {
            Skip();
            return null;
        }

        return Unescape(RawString());
    }

    /// <summary>Reads a whole number; any other value is skipped and gives 0.</summary>
    public long Integer()
    {
        ReadOnlySpan<byte> value = Skip();
        return Utf8Parser.TryParse(value, out long number, out int used) && used == value.Length ? number : 0;
    }

    /// <summary>Turns the bytes between the quotes of a JSON string into text.</summary>
    public static string Unescape(ReadOnlySpan<byte> raw)
    {
        if (raw.IndexOf((byte)'\\') < 0)
        {
            return Encoding.UTF8.GetString(raw);
        }

        var text = new StringBuilder(raw.Length);
        int start = 0;
        for (int i = 0; i < raw.Length; i++)
        {
            if (raw[i] != '\\')
            {
                continue;
            }

            text.Append(Encoding.UTF8.GetString(raw[start..i]));
            char escape = (char)raw[++i];
            if (escape == 'u')
            {
                _ = Utf8Parser.TryParse(raw.Slice(i + 1, 4), out ushort code, out _, 'x');
                text.Append((char)code);
                i += 4;
            }
            else
            {
                text.Append(escape switch { 'n' => '\n', 't' => '\t', 'r' => '\r', 'b' => '\b', 'f' => '\f', _ => escape });
            }

            start = i + 1;
        }

        return text.Append(Encoding.UTF8.GetString(raw[start..])).ToString();
    }

    private bool NextPart(byte open, byte close)
    {
        SkipSpace();
        if (Position >= _json.Length)
        {
            throw Wrong();
        }

        if (_json[Position] == close)
        {
            Position++;
            _depth--;
            return false;
        }

        // The byte before the cursor, spaces aside, says whether this is the first part.
        int before = Position - 1;
        while (_json[before] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
        {
            before--;
        }

        if (_json[before] != open)
        {
            Expect((byte)',');
        }

        SkipSpace();
        return Position < _json.Length && _json[Position] != close ? true : throw Wrong();
    }

    private ReadOnlySpan<byte> RawString()
    {
        int start = ++Position;
        while (Position < _json.Length)
        {
            byte current = _json[Position++];
            switch (current)
            {
                case (byte)'"':
                    return _json[start..(Position - 1)];
                case (byte)'\\':
                    SkipEscape();
                    break;
                case < 0x20:
                    throw Wrong();
            }
        }

        throw Wrong();
    }

    private void SkipEscape()
    {
        if (Position >= _json.Length)
        {
            throw Wrong();
        }

        byte escape = _json[Position++];
        if (escape == 'u')
        {
            for (int end = Position + 4; Position < end; Position++)
            {
                if (Position >= _json.Length || !char.IsAsciiHexDigit((char)_json[Position]))
                {
                    throw Wrong();
                }
            }
        }
        else if (escape is not ((byte)'"' or (byte)'\\' or (byte)'/' or (byte)'b' or (byte)'f' or (byte)'n' or (byte)'r' or (byte)'t'))
        {
            throw Wrong();
        }
    }

    private void RawNumber()
    {
        if (_json[Position] == '-')
        {
            Position++;
        }

        int start = Position;
        Digits();
        if (_json[start] == '0' && Position > start + 1)
        {
            throw Wrong();
        }

        if (Position < _json.Length && _json[Position] == '.')
        {
            Position++;
            Digits();
        }

        if (Position < _json.Length && _json[Position] is (byte)'e' or (byte)'E')
        {
            Position++;
            if (Position < _json.Length && _json[Position] is (byte)'+' or (byte)'-')
            {
                Position++;
            }

            Digits();
        }
    }

    private void Digits()
    {
        int start = Position;
        while (Position < _json.Length && _json[Position] is >= (byte)'0' and <= (byte)'9')
        {
            Position++;
        }

        if (Position == start)
        {
            throw Wrong();
        }
    }

    private void RawLiteral()
    {
        ReadOnlySpan<byte> rest = _json[Position..];
        int length = rest.StartsWith("true"u8) || rest.StartsWith("null"u8) ? 4 : rest.StartsWith("false"u8) ? 5 : throw Wrong();
        Position += length;
    }

    private void Expect(byte expected)
    {
        if (Position >= _json.Length || _json[Position] != expected)
        {
            throw Wrong();
        }

        Position++;
    }

    private void SkipSpace()
    {
        while (Position < _json.Length && _json[Position] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
        {
            Position++;
        }
    }

    private readonly FormatException Wrong() => new($"Malformed JSON at byte {Position} of {_json.Length}.");
}
