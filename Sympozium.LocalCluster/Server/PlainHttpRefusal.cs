using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Sympozium.LocalCluster.Server;

/// <summary>
/// Looks at the first byte of a connection: a client that speaks HTTP without TLS is told so, in the words of Kubernetes, instead of being
/// cut off in the middle of a handshake that it never began.
/// </summary>
internal static class PlainHttpRefusal
{
    // RFC 8446, section 5.1: the content type of a handshake record.
    private const byte Handshake = 0x16;
    private static readonly TimeSpan FirstByteTime = TimeSpan.FromSeconds(10);

    private static ReadOnlyMemory<byte> Answer { get; } = "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"u8.ToArray();

    public static async Task HandleAsync(ConnectionContext connection, ConnectionDelegate next, TimeProvider time)
    {
        PipeReader input = connection.Transport.Input;
        using CancellationTokenSource limit = new(FirstByteTime, time);
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, connection.ConnectionClosed);
        ReadResult first;
        try
        {
            first = await input.ReadAsync(end.Token);
        }
        catch (Exception exception) when (exception is OperationCanceledException or ConnectionResetException)
        {
            // Nobody said anything.
            return;
        }

        bool isTls = first.Buffer.IsEmpty || first.Buffer.FirstSpan[0] == Handshake;
        // Neither consumed nor examined: whoever reads next sees it all.
        input.AdvanceTo(first.Buffer.Start);
        if (isTls)
        {
            await next(connection);
            return;
        }

        await connection.Transport.Output.WriteAsync(Answer, CancellationToken.None);
    }
}
