using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Objects;

namespace Sympozium.LocalCluster.Server.Streaming;

/// <summary>Commands in containers, and the output of their main processes, over a WebSocket. What a client leaves behind is ended.</summary>
internal sealed class ExecEndpoint(ObjectVerbs verbs, ServerLifetime lifetime, Func<IPodSessions> sessions)
{
    public async Task HandleAsync(ApiRequest request)
    {
        verbs.Reader.Get(request.Kind, request.Path.Namespace, request.Path.Name!);
        bool attaches = request.Path.Subresource == "attach";
        ExecOptions options = Read(request, attaches);
        string protocol = Upgrades.Choose(request.Context, ChannelSocket.Protocols);
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(request.Aborted, lifetime.Stopping);
        using WebSocket socket = await Upgrades.AcceptAsync(request.Context, protocol);
        using var channels = new ChannelSocket(socket);
        try
        {
            // An empty message says that the streams are connected.
            await channels.SendAsync(options.Output ? ChannelSocket.Output : options.Error ? ChannelSocket.Error : ChannelSocket.Status, default, end.Token);
            JsonObject status = await ConverseAsync(request, options, attaches, channels, end);
            await channels.SendAsync(ChannelSocket.Status, Encoding.UTF8.GetBytes(status.ToJsonString()), end.Token);
            await channels.CloseAsync(end.Token);
        }
        catch (Exception gone) when (gone is OperationCanceledException or WebSocketException)
        {
            // The client left or the server stops; nobody is there to be told.
            return;
        }
    }

    private async Task<JsonObject> ConverseAsync(ApiRequest request, ExecOptions options, bool attaches, ChannelSocket channels, CancellationTokenSource end)
    {
        IPodCommand command;
        try
        {
            command = attaches
                ? await sessions().AttachAsync(request.Path.Namespace!, request.Path.Name!, options, end.Token)
                : await sessions().ExecuteAsync(request.Path.Namespace!, request.Path.Name!, options, end.Token);
        }
        catch (KubernetesException refusal)
        {
            return Refusals.ToStatus(refusal);
        }

        using (command)
        {
            Task input = ReceiveAsync(command, channels, end);
            await Task.WhenAll(SendAsync(ChannelSocket.Output, command.ReadOutputAsync(end.Token), channels, end.Token), SendAsync(ChannelSocket.Error, command.ReadErrorAsync(end.Token), channels, end.Token));
            int code = await command.Exited.WaitAsync(end.Token);
            return Ended(code);
        }
    }

    private static async Task SendAsync(byte channel, IAsyncEnumerable<ReadOnlyMemory<byte>> output, ChannelSocket channels, CancellationToken cancellationToken)
    {
        await foreach (ReadOnlyMemory<byte> part in output.WithCancellation(cancellationToken))
        {
            await channels.SendAsync(channel, part, cancellationToken);
        }
    }

    private static async Task ReceiveAsync(IPodCommand command, ChannelSocket channels, CancellationTokenSource end)
    {
        // Writing to a command that reads slowly blocks, which must not happen to the request's thread.
        await Task.Yield();
        try
        {
            while (await channels.ReceiveAsync(end.Token) is { } message)
            {
                Take(command, message.Channel, message.Bytes.Span);
            }

            await end.CancelAsync();
        }
        catch (Exception over) when (over is OperationCanceledException or ObjectDisposedException)
        {
            // The command has ended and with it the session.
            return;
        }
    }

    private static void Take(IPodCommand command, byte channel, ReadOnlySpan<byte> bytes)
    {
        switch (channel)
        {
            case ChannelSocket.Input:
                command.Write(bytes);
                break;
            case ChannelSocket.Close when bytes.Length == 1 && bytes[0] == ChannelSocket.Input:
                command.CloseInput();
                break;
            case ChannelSocket.Resize when ReadSize(bytes) is { } size:
                command.Resize(size.Columns, size.Rows);
                break;
        }
    }

    private static (ushort Columns, ushort Rows)? ReadSize(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var reader = new Utf8JsonReader(bytes);
            JsonNode? size = JsonNode.Parse(ref reader);
            return ((ushort?)size?["Width"] ?? 0, (ushort?)size?["Height"] ?? 0);
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException or FormatException)
        {
            // A size that nobody can read changes nothing.
            return null;
        }
    }

    /// <summary>The <c>v1.Status</c> of a command that has run.</summary>
    private static JsonObject Ended(int code)
    {
        if (code == 0)
        {
            return new JsonObject { ["metadata"] = new JsonObject(), ["status"] = "Success" };
        }

        string number = code.ToString(CultureInfo.InvariantCulture);
        return new JsonObject
        {
            ["metadata"] = new JsonObject(),
            ["status"] = "Failure",
            ["message"] = $"command terminated with non-zero exit code: exit status {number}",
            ["reason"] = "NonZeroExitCode",
            ["details"] = new JsonObject { ["causes"] = new JsonArray(new JsonObject { ["reason"] = "ExitCode", ["message"] = number }) },
        };
    }

    private static ExecOptions Read(ApiRequest request, bool attaches)
    {
        IQueryCollection query = request.Query;
        string[] command = [.. query["command"].OfType<string>()];
        bool terminal = QueryOptions.Flag(query, "tty");
        var options = new ExecOptions(
            query["container"].ToString() is { Length: > 0 } container ? container : null, command, QueryOptions.Flag(query, "stdin"),
            QueryOptions.Flag(query, "stdout"), QueryOptions.Flag(query, "stderr") && !terminal, terminal);
        if (!attaches && command.Length == 0)
        {
            throw Refusals.BadRequest("you must specify at least one command for the container");
        }

        return options.Input || options.Output || options.Error
            ? options
            : throw Refusals.BadRequest("you must specify at least 1 of stdin, stdout, stderr");
    }
}
