using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Sympozium.LocalCluster.Kinds.OpenApi;

/// <summary>Writes protobuf fields.</summary>
internal sealed class ProtobufWriter
{
    private readonly ArrayBufferWriter<byte> _buffer = new();

    public ReadOnlySpan<byte> Written => _buffer.WrittenSpan;

    public void Text(int field, string? text)
    {
        if (!string.IsNullOrEmpty(text))
        {
            TextOrEmpty(field, text);
        }
    }

    /// <summary>For elements of lists, where an empty text counts.</summary>
    public void TextOrEmpty(int field, string text) => Bytes(field, Encoding.UTF8.GetBytes(text));

    public void Flag(int field, bool flag)
    {
        if (flag)
        {
            Tag(field, 0);
            Varint(1);
        }
    }

    public void Integer(int field, long? number)
    {
        if (number is not (null or 0))
        {
            Tag(field, 0);
            Varint((ulong)number.Value);
        }
    }

    /// <summary>A number that is there even when it is zero.</summary>
    public void Number(int field, long number)
    {
        Tag(field, 0);
        Varint((ulong)number);
    }

    public void Data(int field, ReadOnlySpan<byte> bytes) => Bytes(field, bytes);

    public void Real(int field, double? number)
    {
        if (number is not (null or 0))
        {
            Tag(field, 1);
            BinaryPrimitives.WriteDoubleLittleEndian(_buffer.GetSpan(sizeof(double)), number.Value);
            _buffer.Advance(sizeof(double));
        }
    }

    public void Message(int field, Action<ProtobufWriter> write)
    {
        ProtobufWriter inner = new();
        write(inner);
        Bytes(field, inner.Written);
    }

    private void Bytes(int field, ReadOnlySpan<byte> bytes)
    {
        Tag(field, 2);
        Varint((ulong)bytes.Length);
        _buffer.Write(bytes);
    }

    private void Tag(int field, int wireType) => Varint((ulong)((field << 3) | wireType));

    private void Varint(ulong value)
    {
        Span<byte> span = _buffer.GetSpan(10);
        int count = 0;
        for (; value >= 0x80; value >>= 7)
        {
            span[count++] = (byte)(value | 0x80);
        }

        span[count++] = (byte)value;
        _buffer.Advance(count);
    }
}
