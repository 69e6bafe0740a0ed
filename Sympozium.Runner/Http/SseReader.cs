namespace Sympozium.Runner.Http;

/// <summary>
/// Cuts a text/event-stream into the data of its events. Bytes may come in any portions; only <c>data</c> lines matter to a
/// chat completion, comments and other fields are skipped.
/// </summary>
internal sealed class SseReader(int maxEventBytes)
{
    private byte[] _buffer = new byte[4096];
    private int _length;
    private byte[] _data = new byte[4096];
    private int _dataLength;
    private bool _hasData;
    private bool _lastWasReturn;

    /// <summary>Takes the data of one event; valid during the call only.</summary>
    public delegate void EventHandler(ReadOnlySpan<byte> data);

    /// <summary>Feeds bytes; calls <paramref name="onEvent"/> for each event that they complete.</summary>
    /// <exception cref="ProtocolException">An event is longer than allowed.</exception>
    public void Push(ReadOnlySpan<byte> bytes, EventHandler onEvent)
    {
        foreach (byte current in bytes)
        {
            bool isNewline = current is (byte)'\n' or (byte)'\r';
            bool belongsToReturn = current == '\n' && _lastWasReturn;
            _lastWasReturn = current == '\r';
            if (belongsToReturn)
            {
                continue;
            }

            if (isNewline)
            {
                EndLine(onEvent);
            }
            else
            {
                Append(ref _buffer, ref _length, current);
            }
        }
    }

    private void EndLine(EventHandler onEvent)
    {
        ReadOnlySpan<byte> line = _buffer.AsSpan(0, _length);
        if (line.IsEmpty)
        {
            if (_hasData)
            {
                onEvent(_data.AsSpan(0, _dataLength));
            }

            _hasData = false;
            _dataLength = 0;
        }
        else if (line.StartsWith("data:"u8))
        {
            ReadOnlySpan<byte> value = line[5..];
            value = value.Length > 0 && value[0] == ' ' ? value[1..] : value;
            if (_hasData)
            {
                Append(ref _data, ref _dataLength, (byte)'\n');
            }

            foreach (byte current in value)
            {
                Append(ref _data, ref _dataLength, current);
            }

            _hasData = true;
        }

        _length = 0;
    }

    private void Append(ref byte[] buffer, ref int length, byte value)
    {
        if (length == buffer.Length)
        {
            if (length >= maxEventBytes)
            {
                throw new ProtocolException($"An event of the stream is longer than {maxEventBytes} bytes.");
            }

            Array.Resize(ref buffer, buffer.Length * 2);
        }

        buffer[length++] = value;
    }
}
