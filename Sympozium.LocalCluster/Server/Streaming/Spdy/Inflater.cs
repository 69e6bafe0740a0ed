using System.Buffers.Binary;

namespace Sympozium.LocalCluster.Server.Streaming.Spdy;

/// <summary>
/// Inflates one zlib stream (RFC 1950, 1951) that starts from a preset dictionary and arrives in pieces, each flushed. .NET's own cannot be
/// given a dictionary. Bounded: a piece inflates to at most <see cref="MaxPieceBytes"/>.
/// </summary>
internal sealed class Inflater(byte[] dictionary)
{
    public const int MaxPieceBytes = 64 << 10;

    private const int WindowBytes = 32 << 10;
    private const int EndOfBlock = 256;
    private const int HeaderBytes = 2;
    private const int DictionaryIdBytes = 4;
    private const int HasDictionary = 0x20;

    private static readonly ushort[] LengthBase = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
    private static readonly byte[] LengthExtra = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
    private static readonly ushort[] DistanceBase =
        [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577];

    private static readonly byte[] DistanceExtra = [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13];
    private static readonly byte[] CodeLengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

    private static readonly HuffmanCode FixedLiterals = new([.. Enumerable.Range(0, 288).Select(i => (byte)(i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8))]);
    private static readonly HuffmanCode FixedDistances = new([.. Enumerable.Repeat((byte)5, 30)]);

    private readonly List<byte> _window = [.. dictionary];
    private bool _started;

    /// <summary>The bytes of the next piece.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public byte[] Inflate(ReadOnlySpan<byte> piece)
    {
        if (!_started)
        {
            piece = SkipHeader(piece);
            _started = true;
        }

        int start = _window.Count;
        var bits = new BitReader(piece);
        while (bits.HasMore)
        {
            Block(ref bits, start);
        }

        byte[] inflated = [.. _window.Skip(start)];
        if (_window.Count > 2 * WindowBytes)
        {
            _window.RemoveRange(0, _window.Count - WindowBytes);
        }

        return inflated;
    }

    private static ReadOnlySpan<byte> SkipHeader(ReadOnlySpan<byte> piece)
    {
        if (piece.Length < HeaderBytes || BinaryPrimitives.ReadUInt16BigEndian(piece) % 31 != 0)
        {
            throw new InvalidDataException("a header block is not compressed by zlib");
        }

        int length = HeaderBytes + ((piece[1] & HasDictionary) != 0 ? DictionaryIdBytes : 0);
        return piece.Length >= length ? piece[length..] : throw new InvalidDataException("a header block is cut off");
    }

    private void Block(ref BitReader bits, int start)
    {
        // The last block never comes: the stream lives as long as the connection.
        bits.Take(1);
        switch (bits.Take(2))
        {
            case 0:
                Stored(ref bits, start);
                break;
            case 1:
                Compressed(ref bits, FixedLiterals, FixedDistances, start);
                break;
            case 2:
                (HuffmanCode literals, HuffmanCode distances) = ReadCodes(ref bits);
                Compressed(ref bits, literals, distances, start);
                break;
            default:
                throw new InvalidDataException("a header block has a block of unknown type");
        }
    }

    private void Stored(ref BitReader bits, int start)
    {
        bits.Align();
        int length = bits.Take(16);
        if (bits.Take(16) != (~length & 0xFFFF))
        {
            throw new InvalidDataException("a header block has a damaged length");
        }

        for (int i = 0; i < length; i++)
        {
            Add((byte)bits.Take(8), start);
        }
    }

    private void Compressed(ref BitReader bits, HuffmanCode literals, HuffmanCode distances, int start)
    {
        while (true)
        {
            int symbol = literals.Read(ref bits);
            if (symbol < EndOfBlock)
            {
                Add((byte)symbol, start);
                continue;
            }

            if (symbol == EndOfBlock)
            {
                return;
            }

            symbol -= EndOfBlock + 1;
            if (symbol >= LengthBase.Length)
            {
                throw new InvalidDataException("a header block has an unknown length");
            }

            int length = LengthBase[symbol] + bits.Take(LengthExtra[symbol]);
            int distanceSymbol = distances.Read(ref bits);
            if (distanceSymbol >= DistanceBase.Length)
            {
                throw new InvalidDataException("a header block has an unknown distance");
            }

            Copy(length, DistanceBase[distanceSymbol] + bits.Take(DistanceExtra[distanceSymbol]), start);
        }
    }

    private void Copy(int length, int distance, int start)
    {
        if (distance > _window.Count)
        {
            throw new InvalidDataException("a header block points before its start");
        }

        for (int i = 0; i < length; i++)
        {
            Add(_window[^distance], start);
        }
    }

    private void Add(byte value, int start)
    {
        if (_window.Count - start >= MaxPieceBytes)
        {
            throw new InvalidDataException("a header block is too large");
        }

        _window.Add(value);
    }

    private static (HuffmanCode Literals, HuffmanCode Distances) ReadCodes(ref BitReader bits)
    {
        int literals = bits.Take(5) + 257;
        int distances = bits.Take(5) + 1;
        int codes = bits.Take(4) + 4;
        byte[] codeLengths = new byte[CodeLengthOrder.Length];
        for (int i = 0; i < codes; i++)
        {
            codeLengths[CodeLengthOrder[i]] = (byte)bits.Take(3);
        }

        var code = new HuffmanCode(codeLengths);
        byte[] lengths = new byte[literals + distances];
        for (int i = 0; i < lengths.Length;)
        {
            int symbol = code.Read(ref bits);
            (byte value, int count) = symbol switch
            {
                16 when i > 0 => (lengths[i - 1], 3 + bits.Take(2)),
                17 => ((byte)0, 3 + bits.Take(3)),
                18 => ((byte)0, 11 + bits.Take(7)),
                < 16 => ((byte)symbol, 1),
                _ => throw new InvalidDataException("a header block repeats nothing"),
            };
            if (i + count > lengths.Length)
            {
                throw new InvalidDataException("a header block has too many code lengths");
            }

            lengths.AsSpan(i, count).Fill(value);
            i += count;
        }

        return (new HuffmanCode(lengths[..literals]), new HuffmanCode(lengths[literals..]));
    }
}
