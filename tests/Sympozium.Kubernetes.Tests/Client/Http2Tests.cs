using System.Buffers.Binary;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Client;
using Sympozium.Kubernetes.Client.Tls;
using Sympozium.Testing;

namespace Sympozium.Kubernetes.Tests.Client;

/// <summary>HTTP/2 where the server has it, HTTP/1.1 where not, and what an HTTP/2 connection can suffer.</summary>
public sealed class Http2Tests
{
    private const byte Data = 0;
    private const byte Headers = 1;
    private const byte Settings = 4;
    private const byte Ping = 6;
    private const byte GoAway = 7;

    [Theory]
    [InlineData(HttpProtocols.Http1, "HTTP/1.1", "HTTP/1.1")]
    [InlineData(HttpProtocols.Http1AndHttp2, "HTTP/2", "HTTP/1.1")]
    public async Task Requests_UseTheBestThatTheServerHas_AndWatchesAConnectionOfTheirOwn(HttpProtocols protocols, string requests, string watches)
    {
        using X509Certificate2 authority = TestCertificates.Authority();
        using X509Certificate2 certificate = TestCertificates.Server(authority);
        await using ScriptedServer server = await ScriptedServer.StartAsync(
            context => context.Response.WriteAsync($"{{\"type\":\"ADDED\",\"object\":{{\"protocol\":\"{context.Request.Protocol}\"}}}}\n"), certificate, protocols);
        using KubernetesClient client = server.Connect(authority);
        Assert.Equal(requests, (string?)(await GetAsync(client))!["object"]!["protocol"]);
        await foreach (WatchEvent change in client.WatchAsync(CoreTypes.Pods, null, new WatchOptions(), CancellationToken.None))
        {
            Assert.Equal(watches, (string?)change.Resource["protocol"]);
        }
    }

    [Fact]
    public async Task ManyRequestsAtOnce_TakeMoreThanOneConnection()
    {
        using X509Certificate2 authority = TestCertificates.Authority();
        using X509Certificate2 certificate = TestCertificates.Server(authority);
        var connections = new System.Collections.Concurrent.ConcurrentDictionary<string, int>();
        int waiting = 0;
        var all = new TaskCompletionSource();
        await using ScriptedServer server = await ScriptedServer.StartAsync(
            async context =>
            {
                connections.AddOrUpdate(context.Connection.Id, 1, (_, count) => count + 1);
                if (Interlocked.Increment(ref waiting) == 150)
                {
                    all.SetResult();
                }

                await all.Task;
                await context.Response.WriteAsync("{}");
            },
            certificate,
            HttpProtocols.Http2);
        using KubernetesClient client = server.Connect(authority);
        await Task.WhenAll(Enumerable.Range(0, 150).Select(_ => GetAsync(client))).WaitAsync(TestTimeouts.InProcess);
        Assert.InRange(connections.Count, 2, 10);
    }

    [Fact]
    public async Task GoAway_MovesWhatWasNotTakenToANewConnection()
    {
        using X509Certificate2 authority = TestCertificates.Authority();
        using X509Certificate2 certificate = TestCertificates.Server(authority);
        await using RawServer server = RawServer.Start(
            async (stream, number, stop) =>
            {
                await BeginAsync(stream, stop);
                while (await ReadFrameAsync(stream, stop) is { } frame)
                {
                    if (frame.Type != Headers)
                    {
                        continue;
                    }

                    if (number == 1)
                    {
                        // Nothing was taken; the client may send all of it elsewhere, writes too.
                        byte[] nothingTaken = new byte[8];
                        await WriteFrameAsync(stream, GoAway, 0, 0, nothingTaken, stop);

                        // What still comes is read: a connection that is closed over unread bytes is reset, and what was sent on it lost.
                        continue;
                    }

                    await WriteFrameAsync(stream, Headers, 4, frame.Stream, [0x88], stop);
                    await WriteFrameAsync(stream, Data, 1, frame.Stream, "{}"u8.ToArray(), stop);
                }
            },
            certificate);
        using KubernetesClient client = Connect(server, authority, new KubernetesClientOptions());
        Assert.NotNull(await client.CreateAsync(CoreTypes.Namespaces, new JsonObject { ["metadata"] = new JsonObject { ["name"] = "n" } }, CancellationToken.None));
        Assert.Equal(2, server.Connections);
    }

    [Fact]
    public async Task DeadConnection_IsNoticedByPing_AndReadsGoOnOverAnother()
    {
        using X509Certificate2 authority = TestCertificates.Authority();
        using X509Certificate2 certificate = TestCertificates.Server(authority);
        await using RawServer server = RawServer.Start(
            async (stream, number, stop) =>
            {
                await BeginAsync(stream, stop);
                while (await ReadFrameAsync(stream, stop) is { } frame)
                {
                    if (number == 1)
                    {
                        // Neither answers nor pongs, as a host that lost its power.
                        continue;
                    }

                    if (frame.Type == Headers)
                    {
                        await WriteFrameAsync(stream, Headers, 4, frame.Stream, [0x88], stop);
                        await WriteFrameAsync(stream, Data, 1, frame.Stream, "{}"u8.ToArray(), stop);
                    }
                    else if (frame.Type == Ping && frame.Flags == 0)
                    {
                        await WriteFrameAsync(stream, Ping, 1, 0, frame.Payload, stop);
                    }
                }
            },
            certificate);
        var options = new KubernetesClientOptions { PingDelay = TimeSpan.FromSeconds(1), PingTimeout = TimeSpan.FromSeconds(5) };
        using KubernetesClient client = Connect(server, authority, options);
        Assert.NotNull(await GetAsync(client).WaitAsync(TestTimeouts.InProcess));
        Assert.True(server.Connections > 1);
    }

    private static KubernetesClient Connect(RawServer server, X509Certificate2 authority, KubernetesClientOptions options) =>
        new(new ClusterConnection { Server = server.Address, Trust = new FixedTrust([authority]) }, options, TimeProvider.System);

    private static Task<JsonObject?> GetAsync(KubernetesClient client) => client.GetAsync(CoreTypes.Pods, "a", "b", CancellationToken.None);

    /// <summary>Takes the preface and sends settings (RFC 9113, section 3.4).</summary>
    private static async Task BeginAsync(Stream stream, CancellationToken stop)
    {
        byte[] preface = new byte[24];
        await stream.ReadExactlyAsync(preface, stop);
        Assert.StartsWith("PRI * HTTP/2.0", Encoding.ASCII.GetString(preface), StringComparison.Ordinal);
        await WriteFrameAsync(stream, Settings, 0, 0, [], stop);
    }

    private static async Task<Frame?> ReadFrameAsync(Stream stream, CancellationToken stop)
    {
        byte[] head = new byte[9];
        if (await stream.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, stop) < head.Length)
        {
            return null;
        }

        byte[] payload = new byte[(head[0] << 16) | (head[1] << 8) | head[2]];
        await stream.ReadExactlyAsync(payload, stop);
        if (head[3] == Settings && head[4] == 0)
        {
            await WriteFrameAsync(stream, Settings, 1, 0, [], stop);
        }

        return new Frame(head[3], head[4], BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5)) & int.MaxValue, payload);
    }

    private static async Task WriteFrameAsync(Stream stream, byte type, byte flags, int id, byte[] payload, CancellationToken stop)
    {
        byte[] frame = new byte[9 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8);
        frame[3] = type;
        frame[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), id);
        payload.CopyTo(frame, 9);
        await stream.WriteAsync(frame, stop);
        await stream.FlushAsync(stop);
    }

    private sealed record Frame(byte Type, byte Flags, int Stream, byte[] Payload);
}
