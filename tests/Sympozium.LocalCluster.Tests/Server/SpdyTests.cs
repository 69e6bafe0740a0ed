using System.IO.Compression;
using System.Text;
using Sympozium.LocalCluster.Server.Streaming.Spdy;

namespace Sympozium.LocalCluster.Tests.Server;

/// <summary>The decompression of header blocks, against .NET's own compressor where that can do it.</summary>
public sealed class SpdyTests
{
    [Fact]
    public void Dictionary_IsTheOneOfTheProtocol()
    {
        uint a = 1, b = 0;
        foreach (byte value in SpdyDictionary.Bytes)
        {
            a = (a + value) % 65521;
            b = (b + a) % 65521;
        }

        Assert.Equal(1423, SpdyDictionary.Bytes.Length);
        Assert.Equal(0xe3c6a7c2, (b << 16) | a);
    }

    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.Fastest)]
    [InlineData(CompressionLevel.SmallestSize)]
    public void Inflate_PiecesOfOneStream_GivesThemBack(CompressionLevel level)
    {
        using var compressed = new MemoryStream();
        using var compressor = new ZLibStream(compressed, level);
        var inflater = new Inflater(SpdyDictionary.Bytes);
        foreach (string text in new[] { "a", "streamtype error port 8080", string.Concat(Enumerable.Range(0, 4000).Select(i => $"{i % 97} ")), "streamtype data port 8080" })
        {
            compressor.Write(Encoding.ASCII.GetBytes(text));
            compressor.Flush();
            byte[] piece = compressed.ToArray();
            compressed.SetLength(0);

            Assert.Equal(text, Encoding.ASCII.GetString(inflater.Inflate(piece)));
        }
    }

    [Fact]
    public void Inflate_Garbage_IsRefused()
    {
        var random = new Random(17);
        byte[] bytes = new byte[200];
        for (int i = 0; i < 2000; i++)
        {
            random.NextBytes(bytes);
            (bytes[0], bytes[1]) = (0x78, 0x01);
            try
            {
                Assert.InRange(new Inflater(SpdyDictionary.Bytes).Inflate(bytes).Length, 0, Inflater.MaxPieceBytes);
            }
            catch (InvalidDataException refused)
            {
                Assert.StartsWith("a header block", refused.Message, StringComparison.Ordinal);
            }
        }
    }
}
