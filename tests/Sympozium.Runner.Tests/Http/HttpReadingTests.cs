using System.Text;
using Sympozium.Runner.Http;

namespace Sympozium.Runner.Tests.Http;

/// <summary>HTTP and event streams that come in the smallest portions.</summary>
public sealed class HttpReadingTests
{
    private const string Chunked = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: Text/Event-Stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n6\r\n world\r\n0\r\nTrailer: x\r\n\r\n";

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(4096)]
    public void Response_ChunkedInAnyPortions_IsReadWhole(int portion)
    {
        using HttpConnection connection = Connect(Chunked, portion);
        HttpResponse response = connection.ReadHead();
        Assert.Equal((200, "text/event-stream", true), (response.Status, response.ContentType, response.IsChunked));
        Assert.Equal("hello world", Encoding.UTF8.GetString(connection.ReadAll(1000)));
        Assert.True(connection.IsReusable);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody", "body", true)]
    [InlineData("HTTP/1.1 200 OK\r\n\r\nuntil the end", "until the end", false)]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nbody", "body", false)]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody", "body", false)]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n", "", true)]
    public void Response_OtherLengths_AreRead(string text, string body, bool isReusable)
    {
        using HttpConnection connection = Connect(text, 3);
        connection.ReadHead();
        Assert.Equal(body, Encoding.UTF8.GetString(connection.ReadAll(1000)));
        Assert.Equal(isReusable, connection.IsReusable);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Enc")]
    [InlineData("")]
    public void Response_BrokenOff_IsATransportFailure(string text)
    {
        using HttpConnection connection = Connect(text, 4);
        Assert.Throws<TransportException>(() =>
        {
            connection.ReadHead();
            connection.ReadAll(1000);
        });
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n")]
    public void Response_NotHttp_IsAProtocolFailure(string text)
    {
        using HttpConnection connection = Connect(text, 4);
        Assert.Throws<ProtocolException>(() =>
        {
            connection.ReadHead();
            connection.ReadAll(1000);
        });
    }

    [Theory]
    [InlineData("data: one\n\ndata:two\r\n\r\n: comment\nevent: x\ndata: a\ndata: b\r\rdata: ü\n\ndata: open")]
    public void Events_ByteByByte_AreTheSameAsAtOnce(string text)
    {
        string[] expected = ["one", "two", "a\nb", "ü"];
        Assert.Equal(expected, Read(text, 1));
        Assert.Equal(expected, Read(text, 1000));
    }

    [Fact]
    public void Events_TooLong_AreRefused() => Assert.Throws<ProtocolException>(() => Read("data: " + new string('x', 10_000), 100));

    [Theory]
    [InlineData("http://host/v1/", "host", 80, "/v1", "host")]
    [InlineData("https://host", "host", 443, "", "host")]
    [InlineData("http://host:8080/a/b", "host", 8080, "/a/b", "host:8080")]
    [InlineData("http://[::1]:9/x", "[::1]", 9, "/x", "[::1]:9")]
    public void Target_Url_IsTakenApart(string url, string host, int port, string prefix, string header)
    {
        HttpTarget target = HttpTarget.Parse(url, "X");
        Assert.Equal((host, port, prefix, header), (target.Host, target.Port, target.PathPrefix, target.HostHeader));
    }

    [Theory]
    [InlineData("host:80")]
    [InlineData("nats://host")]
    [InlineData("http://")]
    [InlineData("http://host:port")]
    [InlineData("http://user@host")]
    public void Target_Malformed_NamesItsVariable(string url) =>
        Assert.Contains("SOME_URL", Assert.Throws<FormatException>(() => HttpTarget.Parse(url, "SOME_URL")).Message, StringComparison.Ordinal);

    private static List<string> Read(string text, int portion)
    {
        var events = new List<string>();
        var reader = new SseReader(8192);
        foreach (byte[] part in Encoding.UTF8.GetBytes(text).Chunk(portion))
        {
            reader.Push(part, data => events.Add(Encoding.UTF8.GetString(data)));
        }

        return events;
    }

    private static HttpConnection Connect(string response, int portion)
    {
        var connection = new HttpConnection(new PortionChannel(Encoding.UTF8.GetBytes(response), portion));
        connection.Send("GET / HTTP/1.1\r\n", []);
        return connection;
    }

    private sealed class PortionChannel(byte[] content, int portion) : IByteChannel
    {
        private int _position;

        public bool HasInput => false;

        public int Read(Span<byte> buffer)
        {
            int count = Math.Min(Math.Min(portion, buffer.Length), content.Length - _position);
            content.AsSpan(_position, count).CopyTo(buffer);
            _position += count;
            return count;
        }

        public void Write(ReadOnlySpan<byte> content)
        {
        }

        public void Dispose()
        {
        }
    }
}
