using System.Reflection;

namespace Sympozium.Silo.Local;

/// <summary>What the executable says of itself.</summary>
internal static class Usage
{
    /// <summary>Version of this build.</summary>
    public static string Version { get; } =
        typeof(Usage).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    public static int PrintVersion()
    {
        Console.Out.WriteLine(Version);
        return SiloExitCodes.Ok;
    }

    /// <summary>The local grain runtime has no remoting: its gateway lives beside its grains.</summary>
    public static int RefuseGateway()
    {
        Console.Error.WriteLine(
            "sympozium-silo: this build has the local grain runtime, whose gateway runs inside 'sympozium-silo silo --profile small'; "
            + "a gateway of its own needs a build with Orleans (docs/decisions/0002-grain-runtime-is-a-build-property.md).");
        return SiloExitCodes.Usage;
    }

    public static int Print(string[] args)
    {
        bool asked = args is ["--help" or "-h" or "help"];
        (asked ? Console.Out : Console.Error).WriteLine(
            """
            sympozium-silo runs the control plane. The 'sympozium' command starts and stops it; you seldom call it yourself.

              sympozium-silo local --data DIR [--gateway-port 8080] [--kube-port 8443]
                  everything on one machine: Kubernetes API, pods, grains and gateway. Port 0 takes a free one.
              sympozium-silo silo [--profile small] [--data /var/lib/sympozium] [--kubeconfig FILE] [--context NAME] [--gateway-port 8080]
                             [--gateway-address 0.0.0.0] [--gateway-url URL] [--health-port 8081] [--runner-image IMAGE] [--identity NAME]
                  beside a Kubernetes API: grains, gateway and bus in one process, one of several at a time by a Lease. Without a kubeconfig it
                  uses the pod's service account. Pods reach the gateway at the URL given.
              sympozium-silo --version

            Exit codes: 0 ended in order, 2 wrong usage, 10 a port is taken, 11 the data directory is in use, 12 the data is damaged,
            13 the cluster cannot be used, 1 anything else.
            """);
        return asked ? SiloExitCodes.Ok : SiloExitCodes.Usage;
    }
}
