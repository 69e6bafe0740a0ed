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

    public static int Print(string[] args)
    {
        bool asked = args is ["--help" or "-h" or "help"];
        (asked ? Console.Out : Console.Error).WriteLine(
            """
            sympozium-silo runs the control plane. The 'sympozium' command starts and stops it; you seldom call it yourself.

              sympozium-silo local --data DIR [--gateway-port 8080] [--kube-port 8443]
                  everything on one machine: Kubernetes API, pods, grains and gateway. Port 0 takes a free one.
              sympozium-silo --version

            Exit codes: 0 ended in order, 2 wrong usage, 10 a port is taken, 11 the data directory is in use, 12 the data is damaged,
            1 anything else.
            """);
        return asked ? SiloExitCodes.Ok : SiloExitCodes.Usage;
    }
}
