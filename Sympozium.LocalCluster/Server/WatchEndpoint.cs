using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.IO.Pipelines;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Objects;
using Sympozium.LocalCluster.Server.Protobuf;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Server;

/// <summary>Streams the changes of a collection, one JSON document a line.</summary>
internal sealed class WatchEndpoint(ClusterStore store, ServerLifetime lifetime, TimeProvider time)
{
    private const int LongestSeconds = 3_600;
    private static readonly TimeSpan BookmarkPeriod = TimeSpan.FromSeconds(45);

    public async Task HandleAsync(ApiRequest request)
    {
        QueryOptions.CheckList(request.Query, isWatch: true);
        Accepted accepted = Accepted.Read(request.Context, request.Kind);
        long seconds = QueryOptions.Number(request.Query, "timeoutSeconds") is { } asked and > 0 ? Math.Min(asked, LongestSeconds) : LongestSeconds;
        ObjectFilter filter = QueryOptions.Filter(request.Query, request.Kind, request.Path.Name);
        WatchWriter writer = new(request, accepted, time);
        bool sendInitial = QueryOptions.Flag(request.Query, "sendInitialEvents");
        using CancellationTokenSource deadline = new(TimeSpan.FromSeconds(seconds), time);
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, request.Aborted, lifetime.Stopping);
        try
        {
            using ObjectWatch watch = ObjectWatch.Start(
                store, request.Kind, request.Path.Namespace, filter, request.Query["resourceVersion"], sendInitial);
            await writer.StartAsync();
            await StreamAsync(watch, writer, new Course(sendInitial, QueryOptions.Flag(request.Query, "allowWatchBookmarks")), end.Token);
        }
        catch (StoreExpiredException exception)
        {
            await writer.StartAsync();
            await writer.ExpiredAsync(exception);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // Its time is over, the client is gone, or the server stops: the stream just ends.
            return;
        }
    }

    private async Task StreamAsync(ObjectWatch watch, WatchWriter writer, Course course, CancellationToken end)
    {
        bool tellEnd = course.SendInitial;
        while (!watch.IsEnded)
        {
            if (tellEnd && watch.InitialLeft == 0)
            {
                tellEnd = false;
                await writer.BookmarkAsync(watch.Revision, isInitialEnd: true);
            }

            if (watch.TryRead(out ObjectEvent change))
            {
                await writer.EventAsync(change);
                continue;
            }

            await writer.FlushAsync(end);
            if (!course.Bookmarks)
            {
                await watch.WaitAsync(end);
            }
            else if (!await WaitAsync(watch, end))
            {
                await writer.BookmarkAsync(watch.Revision, isInitialEnd: false);
            }
        }

        await writer.FlushAsync(end);
    }

    /// <summary>False when a bookmark is due.</summary>
    private async Task<bool> WaitAsync(ObjectWatch watch, CancellationToken end)
    {
        using CancellationTokenSource period = new(BookmarkPeriod, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(period.Token, end);
        try
        {
            await watch.WaitAsync(either.Token);
            return true;
        }
        catch (OperationCanceledException) when (!end.IsCancellationRequested)
        {
            return false;
        }
    }

    private sealed record Course(bool SendInitial, bool Bookmarks);

    private sealed class WatchWriter(ApiRequest request, Accepted accepted, TimeProvider time)
    {
        private readonly Shape _shape = accepted.Shape;
        private readonly bool _isProtobuf = accepted.Format == WireFormat.Protobuf;
        private readonly PipeWriter _writer = request.Context.Response.BodyWriter;
        private bool _sentColumns;

        public async Task StartAsync()
        {
            if (request.Context.Response.HasStarted)
            {
                return;
            }

            request.Context.Response.StatusCode = StatusCodes.Status200OK;
            request.Context.Response.ContentType = _isProtobuf ? $"{ProtobufReply.MediaType};stream=watch" : "application/json";
            Replies.Warn(request.Context, CollectionEndpoint.Deprecation(request));
            await request.Context.Response.StartAsync(request.Aborted);
            await _writer.FlushAsync(request.Aborted);
        }

        public async ValueTask EventAsync(ObjectEvent change)
        {
            string type = change.Type switch
            {
                WatchEventType.Added => "ADDED",
                WatchEventType.Modified => "MODIFIED",
                _ => "DELETED",
            };
            if (_isProtobuf)
            {
                WriteFrame(type, ProtobufReply.Object(request.Kind, change.Resource.ToJson()));
            }
            else if (_shape == Shape.Whole)
            {
                Write(type, change.Resource.Value.Span);
            }
            else
            {
                Write(type, Replies.ToBytes(Shaped(change.Resource.ToJson(), change.Resource.Revision)));
            }

            if (_writer.UnflushedBytes > 32 * 1024)
            {
                await FlushAsync(request.Aborted);
            }
        }

        public async ValueTask BookmarkAsync(long revision, bool isInitialEnd)
        {
            JsonObject metadata = new() { ["resourceVersion"] = revision.ToString(CultureInfo.InvariantCulture) };
            if (isInitialEnd)
            {
                metadata["annotations"] = new JsonObject { ["k8s.io/initial-events-end"] = "true" };
            }

            KindDefinition kind = request.Kind;
            JsonObject bookmark = new() { ["kind"] = kind.Type.Kind, ["apiVersion"] = kind.Type.ApiVersion, ["metadata"] = metadata };
            if (_isProtobuf)
            {
                WriteFrame("BOOKMARK", ProtobufReply.Object(kind, bookmark));
            }
            else
            {
                Write("BOOKMARK", Replies.ToBytes(_shape == Shape.Whole ? bookmark : Shaped(bookmark, revision)));
            }

            await FlushAsync(request.Aborted);
        }

        public async ValueTask ExpiredAsync(StoreExpiredException exception)
        {
            JsonObject status = Refusals.ToStatus(Refusals.Expired(exception.Message));
            if (_isProtobuf)
            {
                WriteFrame("ERROR", ProtobufReply.Status(status));
            }
            else
            {
                Write("ERROR", Replies.ToBytes(status));
            }

            await FlushAsync(request.Aborted);
        }

        public async ValueTask FlushAsync(CancellationToken cancellationToken)
        {
            FlushResult result = await _writer.FlushAsync(cancellationToken);
            if (result.IsCompleted)
            {
                throw new OperationCanceledException(request.Aborted);
            }
        }

        private JsonObject Shaped(JsonObject resource, long revision)
        {
            if (_shape != Shape.Table)
            {
                return Replies.MetadataOnly(resource);
            }

            JsonObject table = Tables.Render(
                request.Kind, [resource], revision.ToString(CultureInfo.InvariantCulture), Replies.IncludeObject(request.Context), time.GetUtcNow());
            if (_sentColumns)
            {
                table["columnDefinitions"] = null;
            }

            _sentColumns = true;
            return table;
        }

        /// <summary>Protobuf streams are frames: four bytes of length, then the event.</summary>
        private void WriteFrame(string type, byte[] resource)
        {
            byte[] frame = ProtobufReply.Event(type, resource);
            Span<byte> length = _writer.GetSpan(sizeof(uint));
            BinaryPrimitives.WriteUInt32BigEndian(length, (uint)frame.Length);
            _writer.Advance(sizeof(uint));
            _writer.Write(frame);
        }

        private void Write(string type, ReadOnlySpan<byte> resource)
        {
            Span<byte> start = _writer.GetSpan(resource.Length + 64);
            int length = System.Text.Encoding.UTF8.GetBytes("{\"type\":\"", start);
            length += System.Text.Encoding.UTF8.GetBytes(type, start[length..]);
            length += System.Text.Encoding.UTF8.GetBytes("\",\"object\":", start[length..]);
            resource.CopyTo(start[length..]);
            length += resource.Length;
            "}\n"u8.CopyTo(start[length..]);
            _writer.Advance(length + 2);
        }
    }
}
