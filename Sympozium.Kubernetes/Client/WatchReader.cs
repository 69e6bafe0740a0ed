using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sympozium.Kubernetes.Client;

/// <summary>Reads the events of a watch: one JSON object a line, of bounded length, until the server ends the stream.</summary>
internal static class WatchReader
{
    /// <summary>The events as sent (<c>type</c>, <c>object</c>). An ERROR event is thrown, so is a connection that breaks or falls silent.</summary>
    public static async IAsyncEnumerable<JsonObject> ReadAsync(
        Stream stream, ClusterConnection connection, KubernetesClientOptions options, TimeProvider time,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        PipeReader reader = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 16 * 1024, leaveOpen: true));
        TimeSpan silence = options.WatchTimeout + options.WatchGrace;
        try
        {
            while (true)
            {
                ReadResult? read = await ReadChunkAsync(reader, connection, silence, time, cancellationToken);
                if (read is not { } result)
                {
                    yield break;
                }
                ReadOnlySequence<byte> buffer = result.Buffer;
                while (TryCutLine(ref buffer, result.IsCompleted, out ReadOnlySequence<byte> line))
                {
                    if (Parse(line) is { } watchEvent)
                    {
                        yield return watchEvent;
                    }
                }
                if (result.IsCompleted)
                {
                    yield break;
                }
                if (buffer.Length > options.MaxEventBytes)
                {
                    throw StatusErrors.Unreachable(connection, new InvalidDataException($"an event of the watch is longer than {options.MaxEventBytes} bytes"));
                }
                reader.AdvanceTo(buffer.Start, buffer.End);
            }
        }
        finally
        {
            await reader.CompleteAsync();
        }
    }

    // Null: the server kept silent for longer than it was asked to keep the watch open, so the connection is dead.
    private static async ValueTask<ReadResult?> ReadChunkAsync(
        PipeReader reader, ClusterConnection connection, TimeSpan silence, TimeProvider time, CancellationToken cancellationToken)
    {
        using CancellationTokenSource timeout = new(silence, time);
        using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await reader.ReadAsync(linked.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw StatusErrors.Unreachable(connection, e);
        }
    }

    private static bool TryCutLine(ref ReadOnlySequence<byte> buffer, bool completed, out ReadOnlySequence<byte> line)
    {
        if (buffer.PositionOf((byte)'\n') is { } end)
        {
            line = buffer.Slice(0, end);
            buffer = buffer.Slice(buffer.GetPosition(1, end));
            return true;
        }
        line = buffer;
        // What is left when the connection ends is a whole event or a torn one; a torn one is dropped, the next watch resends it.
        buffer = completed ? buffer.Slice(buffer.End) : buffer;
        return completed && !line.IsEmpty;
    }

    private static JsonObject? Parse(ReadOnlySequence<byte> line)
    {
        Utf8JsonReader json = new(line, new JsonReaderOptions { MaxDepth = JsonText.MaxDepth });
        JsonObject? watchEvent;
        try
        {
            watchEvent = JsonNode.Parse(ref json) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
        if (watchEvent is not null && watchEvent["type"]?.GetValue<string>() == "ERROR" && watchEvent["object"] is JsonObject status)
        {
            throw StatusErrors.FromStatus(status);
        }
        return watchEvent;
    }
}
