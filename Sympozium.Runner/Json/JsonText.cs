using System.Text;

namespace Sympozium.Runner.Json;

/// <summary>
/// Writes JSON into one growing UTF-8 buffer. Utf8JsonWriter would do the same, but its encoder costs about 5 ms of processor time
/// in a fresh process, which every run would pay twice.
/// </summary>
internal sealed class JsonText(int capacity = 1024)
{
    private byte[] _buffer = new byte[capacity];

    /// <summary>Bytes written.</summary>
    public int Length { get; private set; }

    /// <summary>What was written.</summary>
    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, Length);

    /// <summary>Forgets everything and keeps the buffer.</summary>
    public void Clear() => Length = 0;

    /// <summary>Copies the written bytes.</summary>
    public byte[] ToArray() => Written.ToArray();

    /// <summary>Appends bytes that are JSON already.</summary>
    public JsonText Raw(ReadOnlySpan<byte> json)
    {
        json.CopyTo(Reserve(json.Length));
        Length += json.Length;
        return this;
    }

    /// <summary>Appends a whole number.</summary>
    public JsonText Number(long value)
    {
        _ = value.TryFormat(Reserve(20), out int written, default, System.Globalization.CultureInfo.InvariantCulture);
        Length += written;
        return this;
    }

    /// <summary>Appends a string with its quotes; null becomes <c>null</c>.</summary>
    public JsonText String(string? value) => value is null ? Raw("null"u8) : String(value.AsSpan());

    /// <summary>Appends a string with its quotes.</summary>
    public JsonText String(ReadOnlySpan<char> value)
    {
        Raw("\""u8);
        int start = 0;
        for (int i = 0; i < value.Length; i++)
        {
            char character = value[i];
            if (character is >= ' ' and not '"' and not '\\' and not '\u007f')
            {
                continue;
            }

            Plain(value[start..i]);
            Escaped(character);
            start = i + 1;
        }

        Plain(value[start..]);
        return Raw("\""u8);
    }

    private void Plain(ReadOnlySpan<char> value)
    {
        if (!value.IsEmpty)
        {
            Length += Encoding.UTF8.GetBytes(value, Reserve(Encoding.UTF8.GetMaxByteCount(value.Length)));
        }
    }

    private void Escaped(char character)
    {
        switch (character)
        {
            case '"':
                Raw("\\\""u8);
                break;
            case '\\':
                Raw("\\\\"u8);
                break;
            case '\n':
                Raw("\\n"u8);
                break;
            case '\r':
                Raw("\\r"u8);
                break;
            case '\t':
                Raw("\\t"u8);
                break;
            default:
                Raw("\\u00"u8);
                Span<byte> digits = Reserve(2);
                digits[0] = Digit(character >> 4);
                digits[1] = Digit(character & 15);
                Length += 2;
                break;
        }
    }

    private static byte Digit(int value) => (byte)(value < 10 ? '0' + value : 'a' + value - 10);

    private Span<byte> Reserve(int count)
    {
        if (_buffer.Length - Length < count)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, Length + count));
        }

        return _buffer.AsSpan(Length);
    }
}
