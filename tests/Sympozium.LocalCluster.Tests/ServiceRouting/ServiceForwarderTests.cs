using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Sympozium.LocalCluster.Controllers;
using Sympozium.LocalCluster.ServiceRouting;
using Sympozium.Testing;

namespace Sympozium.LocalCluster.Tests.ServiceRouting;

/// <summary>Connections to a Service's address, with real sockets.</summary>
public sealed class ServiceForwarderTests
{
    [Fact]
    public async Task Connection_ToAPortThatIsAnotherOneAtThePod_ReachesThePod()
    {
        using CancellationTokenSource timeout = new(TestTimeouts.WithProcesses);
        using TcpListener pod = new(IPAddress.Parse("127.64.200.1"), 0);
        pod.Start();
        int target = ((IPEndPoint)pod.LocalEndpoint).Port;
        int port = FreePort(target);
        ServiceDirectory directory = new();
        using ServiceForwarder forwarder = new(directory, new ControllerOptions { MaxErrorDelay = TimeSpan.FromMilliseconds(20) }, NullLogger<ServiceForwarder>.Instance);
        await forwarder.StartAsync(timeout.Token);
        directory.Fill();

        directory.Set(("n", "web"), Route(port, target));

        using TcpClient client = await ConnectAsync("127.96.200.1", port, timeout.Token);
        using TcpClient server = await pod.AcceptTcpClientAsync(timeout.Token);
        NetworkStream asking = client.GetStream();
        await asking.WriteAsync("ping"u8.ToArray(), timeout.Token);
        client.Client.Shutdown(SocketShutdown.Send);
        using StreamReader asked = new(server.GetStream(), Encoding.UTF8, leaveOpen: true);
        Assert.Equal("ping", await asked.ReadToEndAsync(timeout.Token));
        await server.GetStream().WriteAsync("pong"u8.ToArray(), timeout.Token);
        server.Client.Shutdown(SocketShutdown.Send);
        using StreamReader answered = new(asking, Encoding.UTF8);
        Assert.Equal("pong", await answered.ReadToEndAsync(timeout.Token));
        await forwarder.StopAsync(timeout.Token);
    }

    [Fact]
    public void Names_OfUntranslatedPorts_LeadToThePods()
    {
        ServiceDirectory directory = new();
        directory.Set(("n", "web"), Route(8080, 8080));

        Assert.Equal("127.64.200.1\tweb.n.svc.cluster.local web.n.svc web.n web\n", directory.Hosts("n"));
        Assert.Equal("127.64.200.1\tweb.n.svc.cluster.local web.n.svc web.n\n", directory.Hosts("other"));
    }

    [Fact]
    public void Names_OfTranslatedPorts_LeadToTheServicesAddress()
    {
        ServiceDirectory directory = new();
        directory.Set(("n", "web"), Route(80, 8080));

        Assert.StartsWith("127.96.200.1\tweb.n.svc.cluster.local", directory.Hosts("n"), StringComparison.Ordinal);
    }

    private static ServiceRoute Route(int port, int target)
    {
        ServiceFacts service = new(JsonNode.Parse($$"""
            {"metadata":{"name":"web","namespace":"n","uid":"u"},"spec":{"type":"ClusterIP","clusterIP":"127.96.200.1","ports":[{"port":{{port}},"protocol":"TCP","targetPort":{{target}} }]} }
            """)!.AsObject());
        SliceFacts slice = new(JsonNode.Parse($$"""
            {"metadata":{"name":"web-x","namespace":"n","uid":"v","labels":{"kubernetes.io/service-name":"web"} },
             "endpoints":[{"addresses":["127.64.200.1"],"conditions":{"ready":true} }],"ports":[{"name":"","port":{{target}},"protocol":"TCP"}]}
            """)!.AsObject());
        return ServiceRoute.Of(service, [slice]);
    }

    /// <summary>The forwarder listens a moment after the directory has changed.</summary>
    private static async Task<TcpClient> ConnectAsync(string address, int port, CancellationToken cancellationToken)
    {
        while (true)
        {
            TcpClient client = new();
            try
            {
                await client.ConnectAsync(IPAddress.Parse(address), port, cancellationToken);
                return client;
            }
            catch (SocketException)
            {
                client.Dispose();
                await Task.Yield();
            }
        }
    }

    private static int FreePort(int but)
    {
        while (true)
        {
            using TcpListener probe = new(IPAddress.Parse("127.96.200.1"), 0);
            probe.Start();
            if (((IPEndPoint)probe.LocalEndpoint).Port is var port && port != but)
            {
                return port;
            }
        }
    }
}
