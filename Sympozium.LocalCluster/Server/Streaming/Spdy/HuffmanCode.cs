namespace Sympozium.LocalCluster.Server.Streaming.Spdy;

/// <summary>A canonical Huffman code, given by the lengths of its words (RFC 1951, section 3.2.2).</summary>
internal sealed class HuffmanCode
{
    private const int MaxLength = 15;

    private readonly int[] _counts = new int[MaxLength + 1];
    private readonly ushort[] _symbols;

    public HuffmanCode(byte[] lengths)
    {
        foreach (byte length in lengths)
        {
            _counts[length]++;
        }

        _counts[0] = 0;
        int[] offsets = new int[MaxLength + 2];
        for (int length = 1; length <= MaxLength; length++)
        {
            offsets[length + 1] = offsets[length] + _counts[length];
        }

        _symbols = new ushort[lengths.Length];
        for (int symbol = 0; symbol < lengths.Length; symbol++)
        {
            if (lengths[symbol] > 0)
            {
                _symbols[offsets[lengths[symbol]]++] = (ushort)symbol;
            }
        }
    }

    /// <summary>Reads one word.</summary>
    public int Read(ref BitReader bits)
    {
        int code = 0, first = 0, index = 0;
        for (int length = 1; length <= MaxLength; length++)
        {
            code |= bits.TakeBit();
            int count = _counts[length];
            if (code - count < first)
            {
                return _symbols[index + code - first];
            }

            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }

        throw new InvalidDataException("a header block has an unknown code word");
    }
}
