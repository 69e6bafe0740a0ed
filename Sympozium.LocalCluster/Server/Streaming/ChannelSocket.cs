using System.Net.WebSockets;

namespace Sympozium.LocalCluster.Server.Streaming;

/// <summary>
/// Several streams on one WebSocket, as Kubernetes multiplexes them: the first byte of a message names the stream
/// (<c>v4.channel.k8s.io</c>); since <c>v5.channel.k8s.io</c> 255 and a name mean that this stream has ended.
/// </summary>
internal sealed class ChannelSocket(WebSocket socket) : IDisposable
{
    public const byte Input = 0;
    public const byte Output = 1;
    public const byte Error = 2;
    public const byte Status = 3;
    public const byte Resize = 4;
    public const byte Close = 255;

    private const int MaxMessageBytes = 1 << 20;
    private const int BufferBytes = 32 << 10;

    private readonly SemaphoreSlim _sending = new(1);

    /// <summary>The protocols that are spoken, the best first.</summary>
    public static IReadOnlyList<string> Protocols { get; } = ["v5.channel.k8s.io", "v4.channel.k8s.io", "channel.k8s.io"];

    /// <summary>Sends a part of a stream.</summary>
    public async Task SendAsync(byte channel, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        byte[] message = new byte[bytes.Length + 1];
        message[0] = channel;
        bytes.CopyTo(message.AsMemory(1));
        await _sending.WaitAsync(cancellationToken);
        try
        {
            await socket.SendAsync(message, WebSocketMessageType.Binary, endOfMessage: true, cancellationToken);
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>The next message: its stream and content; null when the client is gone.</summary>
    public async Task<(byte Channel, ReadOnlyMemory<byte> Bytes)?> ReceiveAsync(CancellationToken cancellationToken)
    {
        using var message = new MemoryStream();
        byte[] buffer = new byte[BufferBytes];
        while (true)
        {
            ValueWebSocketReceiveResult part;
            try
            {
                part = await socket.ReceiveAsync(buffer.AsMemory(), cancellationToken);
            }
            catch (WebSocketException)
            {
                // It went without a word.
                return null;
            }

            if (part.MessageType == WebSocketMessageType.Close || message.Length + part.Count > MaxMessageBytes)
            {
                return null;
            }

            await message.WriteAsync(buffer.AsMemory(0, part.Count), cancellationToken);
            if (part.EndOfMessage && message.Length > 0)
            {
                byte[] bytes = message.ToArray();
                return (bytes[0], bytes.AsMemory(1));
            }
        }
    }

    /// <summary>Says that everything was said.</summary>
    public async Task CloseAsync(CancellationToken cancellationToken)
    {
        if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
        {
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, cancellationToken);
        }
    }

    public void Dispose() => _sending.Dispose();
}
