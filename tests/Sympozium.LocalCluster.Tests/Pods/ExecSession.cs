using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Sympozium.Testing;

namespace Sympozium.LocalCluster.Tests.Pods;

/// <summary>An exec session as kubectl holds one, with a terminal that the test plays.</summary>
internal static class ExecSession
{
    /// <summary>Runs a command; returns what the terminal showed until the command ended.</summary>
    public static async Task<string> RunAsync(PodRig rig, string pod, string query, (ushort Columns, ushort Rows) resize, string input)
    {
        using var timeout = new CancellationTokenSource(TestTimeouts.WithProcesses);
        using var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("v5.channel.k8s.io");
        socket.Options.SetRequestHeader("Authorization", "Bearer " + await File.ReadAllTextAsync(rig.Cluster.TokenPath, timeout.Token));
        socket.Options.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null;
        await socket.ConnectAsync(new Uri($"{rig.Cluster.Url.Replace("https", "wss", StringComparison.Ordinal)}/api/v1/namespaces/default/pods/{pod}/exec?{query}"), timeout.Token);
        string size = new JsonObject { ["Width"] = resize.Columns, ["Height"] = resize.Rows }.ToJsonString();
        await socket.SendAsync(new byte[] { 4 }.Concat(Encoding.UTF8.GetBytes(size)).ToArray(), WebSocketMessageType.Binary, true, timeout.Token);
        var shown = new StringBuilder();
        bool sent = false;
        byte[] buffer = new byte[64 << 10];
        while (true)
        {
            WebSocketReceiveResult part = await socket.ReceiveAsync(buffer, timeout.Token);
            if (part.MessageType == WebSocketMessageType.Close)
            {
                return shown.ToString();
            }

            if (buffer[0] == 1 && part.Count > 1)
            {
                shown.Append(Encoding.UTF8.GetString(buffer, 1, part.Count - 1));
            }

            if (!sent && shown.ToString().Contains('\n', StringComparison.Ordinal))
            {
                sent = true;
                await socket.SendAsync(new byte[] { 0 }.Concat(Encoding.UTF8.GetBytes(input)).ToArray(), WebSocketMessageType.Binary, true, timeout.Token);
            }
        }
    }
}
