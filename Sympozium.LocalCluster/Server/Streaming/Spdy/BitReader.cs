namespace Sympozium.LocalCluster.Server.Streaming.Spdy;

/// <summary>Reads bits, the lowest of each byte first.</summary>
internal ref struct BitReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _position;
    private int _bit;

    /// <summary>Whether a whole byte is left; less is the padding of a flush.</summary>
    public readonly bool HasMore => _position < _bytes.Length;

    public int Take(int count)
    {
        int value = 0;
        for (int i = 0; i < count; i++)
        {
            value |= TakeBit() << i;
        }

        return value;
    }

    public int TakeBit()
    {
        if (_position >= _bytes.Length)
        {
            throw new InvalidDataException("a header block is cut off");
        }

        int bit = (_bytes[_position] >> _bit) & 1;
        if (++_bit == 8)
        {
            _bit = 0;
            _position++;
        }

        return bit;
    }

    /// <summary>Goes to the next whole byte.</summary>
    public void Align()
    {
        if (_bit > 0)
        {
            _bit = 0;
            _position++;
        }
    }
}
