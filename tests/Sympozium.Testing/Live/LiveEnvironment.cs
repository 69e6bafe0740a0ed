using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Sympozium.Testing.Live;

/// <summary>What the environment says of a cluster that is there already; tests against it have the category <c>LiveCluster</c>.</summary>
public static class LiveEnvironment
{
    public const string KubeconfigVariable = "SYMPOZIUM_TEST_KUBECONFIG";
    public const string RunnerImageVariable = "SYMPOZIUM_TEST_RUNNER_IMAGE";
    public const string SiloImageVariable = "SYMPOZIUM_TEST_SILO_IMAGE";
    public const string BusyboxImageVariable = "SYMPOZIUM_TEST_BUSYBOX_IMAGE";
    public const string GatewayHostVariable = "SYMPOZIUM_TEST_GATEWAY_HOST";
    public const string ProfileVariable = "SYMPOZIUM_TEST_PROFILE";
    public const string PatienceVariable = "SYMPOZIUM_TEST_PATIENCE";

    /// <summary>What the recorded cases call their image.</summary>
    public const string DefaultBusyboxImage = "busybox:local";

    /// <summary>Nobody has this address (TEST-NET-1 of RFC 5737): the way there is the default route.</summary>
    private static readonly IPEndPoint Elsewhere = new(IPAddress.Parse("192.0.2.1"), 9);

    /// <summary>
    /// For what a cluster does in its own time: controllers that notice a new definition half a minute later, images, namespaces that end. Three
    /// minutes, or as many seconds as the environment says.
    /// </summary>
    public static readonly TimeSpan Patience =
        int.TryParse(Read(PatienceVariable), NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) && seconds > 0 ? TimeSpan.FromSeconds(seconds) : TimeSpan.FromMinutes(3);

    /// <summary>Path of its kubeconfig; null where there is none.</summary>
    public static string? Kubeconfig => Read(KubeconfigVariable) is { } path ? Path.GetFullPath(path) : null;

    /// <summary>An image of the runner that the cluster's nodes have; null where no node runs pods.</summary>
    public static string? RunnerImage => Read(RunnerImageVariable);

    /// <summary>An image of the control plane that the cluster's nodes have; null where none was imported.</summary>
    public static string? SiloImage => Read(SiloImageVariable);

    /// <summary>An image with a shell that the nodes have, for the recorded cases.</summary>
    public static string BusyboxImage => Read(BusyboxImageVariable) ?? DefaultBusyboxImage;

    /// <summary>Whether the control plane is a silo and a gateway on NATS and PostgreSQL, which needs the build with Orleans; else it is one process.</summary>
    public static bool IsClusterProfile => Read(ProfileVariable) switch
    {
        null or "small" => false,
        "cluster" => true,
        string other => throw new InvalidOperationException($"{ProfileVariable} is '{other}'; it must be small or cluster."),
    };

    /// <summary>Address at which pods and API server reach this machine, as told; null when the tests have to find it.</summary>
    public static string? GatewayHost => Read(GatewayHostVariable);

    /// <summary>
    /// Where this machine is reached: as told; on loopback beside an API server there when no <paramref name="pods"/> come along; else the address from which
    /// this machine's own packets go to the API server, or, beside one on loopback, elsewhere.
    /// </summary>
    public static string MachineAddress(Uri server, bool pods)
    {
        if (GatewayHost is { } told)
        {
            return told;
        }

        if (server.IsLoopback && !pods)
        {
            return IPAddress.Loopback.ToString();
        }

        return (server.IsLoopback ? Source(Elsewhere) : Source(new DnsEndPoint(server.IdnHost, server.Port)) ?? Source(Elsewhere)) ?? FirstAddress() ?? IPAddress.Loopback.ToString();
    }

    /// <summary>kubectl as its user has it; what it keeps of the cluster goes to a place of the tests' own.</summary>
    public static Kubectl Kubectl() => new(Kubeconfig!)
    {
        Limit = Patience,
        Variables = new Dictionary<string, string?>
        {
            ["HOME"] = Environment.GetEnvironmentVariable("HOME"),
            ["KUBECACHEDIR"] = Path.Combine(Path.GetTempPath(), $"sympozium-test-kubectl-{Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}"),
        },
    };

    /// <summary>Asks for a route and sends nothing; null when there is none.</summary>
    private static string? Source(EndPoint target)
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Connect(target);
            return socket.LocalEndPoint is IPEndPoint { Address: var address } && !IPAddress.IsLoopback(address) && !address.Equals(IPAddress.Any) ? address.ToString() : null;
        }
        catch (SocketException)
        {
            return null;
        }
    }

    private static string? FirstAddress() => NetworkInterface.GetAllNetworkInterfaces()
        .Where(network => network.OperationalStatus == OperationalStatus.Up && network.NetworkInterfaceType != NetworkInterfaceType.Loopback)
        .SelectMany(network => network.GetIPProperties().UnicastAddresses)
        .Select(address => address.Address)
        .FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork)?.ToString();

    private static string? Read(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;
}
