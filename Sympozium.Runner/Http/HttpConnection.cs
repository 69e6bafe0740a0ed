using System.Globalization;
using System.Text;

namespace Sympozium.Runner.Http;

/// <summary>
/// HTTP/1.1 (RFC 9112), the client's half: one request at a time on one connection that stays open. HttpClient does much more,
/// but its first answer in a fresh process costs about 60 ms of processor time, more than all the rest of a short run.
/// </summary>
internal sealed class HttpConnection(IByteChannel channel) : IDisposable
{
    private const int MaxHeadBytes = 64 * 1024;
    private const int BodyDone = -1;
    private byte[] _buffer = new byte[16 * 1024];
    private int _start;
    private int _end;
    private HttpResponse? _response;
    private bool _isFirstChunk;
    private long _left; // of the body or of the present chunk; BodyDone when nothing is left

    /// <summary>Whether another request may go over it.</summary>
    public bool IsReusable { get; private set; } = true;

    /// <summary>Whether a byte of the present response has come.</summary>
    public bool HasResponseBegun { get; private set; }

    /// <summary>Sends a request in one write.</summary>
    /// <param name="head">Request line and headers without <c>Content-Length</c> and the empty line, each ended by CR LF.</param>
    /// <param name="body">The body.</param>
    public void Send(string head, ReadOnlySpan<byte> body)
    {
        if (!IsReusable || (_response is not null && _left != BodyDone))
        {
            throw new InvalidOperationException("The response before was not read to its end.");
        }

        HasResponseBegun = false;
        _response = null;
        IsReusable = false;
        string text = $"{head}Content-Length: {body.Length.ToString(CultureInfo.InvariantCulture)}\r\n\r\n";
        byte[] request = new byte[Encoding.UTF8.GetByteCount(text) + body.Length];
        int length = Encoding.UTF8.GetBytes(text, request);
        body.CopyTo(request.AsSpan(length));
        channel.Write(request);
    }

    /// <summary>Reads the head of the response; interim responses (1xx) are skipped.</summary>
    public HttpResponse ReadHead()
    {
        while (true)
        {
            HttpResponse response = ParseHead(ReadHeadText());
            if (response.Status >= 200)
            {
                _response = response;
                bool empty = response.Status is 204 or 304 || (!response.IsChunked && response.ContentLength == 0);
                _left = empty ? BodyDone : response.IsChunked ? 0 : response.ContentLength ?? long.MaxValue;
                IsReusable = empty && !response.Closes;
                _isFirstChunk = true;
                return response;
            }
        }
    }

    /// <summary>Reads what is left of a body whose end is there already, so that the connection can be used again; never waits.</summary>
    public bool TryFinish()
    {
        byte[] rest = new byte[256];
        while (_left != BodyDone && (_start < _end || channel.HasInput))
        {
            _ = ReadBody(rest);
        }

        return IsReusable;
    }

    /// <summary>Reads a part of the body as it comes; 0 at its end.</summary>
    /// <exception cref="TransportException">The connection ended before the body.</exception>
    public int ReadBody(Span<byte> target)
    {
        HttpResponse response = _response ?? throw new InvalidOperationException("There is no response.");
        if (_left == BodyDone)
        {
            return 0;
        }

        if (response.IsChunked && _left == 0 && !NextChunk())
        {
            return Finish(response);
        }

        if (_start == _end && !Fill())
        {
            // Without a length the end of the connection is the end of the body.
            return !response.IsChunked && response.ContentLength is null
                ? Finish(response)
                : throw new TransportException("The connection ended in the middle of the response.");
        }

        int count = (int)Math.Min(Math.Min(_left, _end - _start), target.Length);
        _buffer.AsSpan(_start, count).CopyTo(target);
        _start += count;
        if (_left != long.MaxValue)
        {
            _left -= count;
            if (_left == 0 && !response.IsChunked)
            {
                Finish(response);
            }
        }

        return count;
    }

    /// <summary>Reads the whole body, at most <paramref name="limit"/> bytes of it; the rest makes the connection unusable.</summary>
    public byte[] ReadAll(int limit)
    {
        byte[] body = new byte[1024];
        int length = 0;
        while (length < limit)
        {
            if (length == body.Length)
            {
                Array.Resize(ref body, Math.Min(body.Length * 4, limit));
            }

            int count = ReadBody(body.AsSpan(length));
            if (count == 0)
            {
                break;
            }

            length += count;
        }

        return body[..length];
    }

    /// <inheritdoc/>
    public void Dispose() => channel.Dispose();

    private int Finish(HttpResponse response)
    {
        _left = BodyDone;
        IsReusable = !response.Closes && (response.IsChunked || response.ContentLength is not null);
        return 0;
    }

    private bool NextChunk()
    {
        if (!_isFirstChunk && ReadLine() is not "")
        {
            throw new ProtocolException("A chunk of the response does not end where its size says.");
        }

        _isFirstChunk = false;
        string line = ReadLine();
        int semicolon = line.IndexOf(';', StringComparison.Ordinal);
        ReadOnlySpan<char> size = (semicolon < 0 ? line : line[..semicolon]).AsSpan().Trim();
        if (!long.TryParse(size, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _left) || _left < 0)
        {
            throw new ProtocolException("A chunk of the response has no valid size.");
        }

        if (_left > 0)
        {
            return true;
        }

        while (ReadLine().Length > 0)
        {
            // Trailers say nothing that is needed here.
        }

        return false;
    }

    private string ReadLine()
    {
        int searched = 0;
        while (true)
        {
            int newline = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (newline >= 0)
            {
                int length = searched + newline;
                string line = Encoding.Latin1.GetString(_buffer, _start, length);
                _start += length + 1;
                return line.TrimEnd('\r');
            }

            searched = _end - _start;
            if (searched > MaxHeadBytes)
            {
                throw new ProtocolException($"A line of the response is longer than {MaxHeadBytes} bytes.");
            }

            if (!Fill())
            {
                throw new TransportException("The connection ended in the middle of the response.");
            }
        }
    }

    private List<string> ReadHeadText()
    {
        var lines = new List<string>(12);
        int length = 0;
        while (true)
        {
            string line = ReadLine();
            if (line.Length == 0)
            {
                return lines;
            }

            lines.Add(line);
            length += line.Length;
            if (length > MaxHeadBytes)
            {
                throw new ProtocolException($"The head of the response is longer than {MaxHeadBytes} bytes.");
            }
        }
    }

    private static HttpResponse ParseHead(List<string> lines)
    {
        // HTTP/1.1 200 OK
        string status = lines.Count > 0 ? lines[0] : "";
        if (status.Length < 12 || !status.StartsWith("HTTP/1.", StringComparison.Ordinal)
            || !int.TryParse(status.AsSpan(9, 3), NumberStyles.None, CultureInfo.InvariantCulture, out int code))
        {
            throw new ProtocolException("The server does not answer in HTTP/1.1.");
        }

        var response = new HttpResponse { Status = code, Closes = status[7] == '0' };
        for (int i = 1; i < lines.Count; i++)
        {
            int colon = lines[i].IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
            {
                response = WithHeader(response, lines[i].AsSpan(0, colon), lines[i].AsSpan(colon + 1).Trim());
            }
        }

        return response.IsChunked ? response with { ContentLength = null } : response;
    }

    private static HttpResponse WithHeader(HttpResponse response, ReadOnlySpan<char> name, ReadOnlySpan<char> value)
    {
        if (name.Equals("content-type", StringComparison.OrdinalIgnoreCase))
        {
            int semicolon = value.IndexOf(';');
            return response with { ContentType = (semicolon < 0 ? value : value[..semicolon]).Trim().ToString().ToLowerInvariant() };
        }

        if (name.Equals("content-length", StringComparison.OrdinalIgnoreCase))
        {
            return long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long length)
                ? response with { ContentLength = length }
                : throw new ProtocolException("The response's Content-Length is not a number.");
        }

        if (name.Equals("transfer-encoding", StringComparison.OrdinalIgnoreCase))
        {
            return response with { IsChunked = value.EndsWith("chunked", StringComparison.OrdinalIgnoreCase) };
        }

        if (name.Equals("connection", StringComparison.OrdinalIgnoreCase))
        {
            return response with { Closes = value.Equals("close", StringComparison.OrdinalIgnoreCase) || response.Closes };
        }

        if (name.Equals("x-should-retry", StringComparison.OrdinalIgnoreCase))
        {
            return response with { ShouldRetry = value.Equals("true", StringComparison.OrdinalIgnoreCase) };
        }

        return name.Equals("retry-after", StringComparison.OrdinalIgnoreCase)
            && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds)
            ? response with { RetryAfterSeconds = seconds }
            : response;
    }

    private bool Fill()
    {
        if (_start == _end)
        {
            _start = _end = 0;
        }
        else if (_end == _buffer.Length)
        {
            if (_start > 0)
            {
                _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
                _end -= _start;
                _start = 0;
            }
            else
            {
                Array.Resize(ref _buffer, _buffer.Length * 2);
            }
        }

        int count = channel.Read(_buffer.AsSpan(_end));
        HasResponseBegun |= count > 0;
        _end += count;
        return count > 0;
    }
}
