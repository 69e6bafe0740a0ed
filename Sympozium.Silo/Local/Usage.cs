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
              sympozium-silo silo [--profile small] [--data /var/lib/sympozium] [--kubeconfig FILE] [--context NAME] [--gateway-port 8080]
                             [--gateway-address 0.0.0.0] [--gateway-url URL] [--health-port 8081] [--runner-image IMAGE] [--identity NAME]
                  beside a Kubernetes API: grains, gateway and bus in one process, one of several at a time by a Lease. Without a kubeconfig it
                  uses the pod's service account. Pods reach the gateway at the URL given.
              sympozium-silo silo --profile cluster --database-file FILE [--nats-url nats://HOST:4222] [--kubeconfig FILE] [--context NAME]
                             [--gateway-url URL] [--runner-image IMAGE] [--health-port 8081] [--silo-address IP] [--silo-name NAME]
                             [--silo-port 11111] [--client-port 30000] [--installation NAME]
                             [--nats-credentials-file FILE] [--nats-signing-seed-file FILE] [--nats-pods-url URL]
                  one of several silos beside a Kubernetes API, in a build with Orleans. They meet in PostgreSQL, whose connection string is in
                  the file or in Sympozium__Grains__Database; events go through NATS JetStream (Sympozium__Nats__* has every way to
                  authenticate). POD_IP and POD_NAME are the defaults of address and name. With an account's signing seed pods publish on
                  NATS by themselves, else through the gateway.
              sympozium-silo gateway --database-file FILE [--nats-url nats://HOST:4222] [--kubeconfig FILE] [--context NAME]
                             [--gateway-port 8080] [--gateway-address 0.0.0.0] [--health-port 8081] [--token-file FILE] [--installation NAME]
                             [--nats-credentials-file FILE]
                  one of several gateways beside those silos. Without a file they share their token in the Secret sympozium-gateway-token.
              sympozium-silo --version

            OTEL_EXPORTER_OTLP_ENDPOINT exports a trace of each run, and OpenTelemetry's other variables are obeyed; GET /metrics of the gateway is for
            Prometheus (docs/observability.md).

            Exit codes: 0 ended in order, 2 wrong usage, 10 a port is taken, 11 the data directory is in use, 12 the data is damaged,
            13 the cluster cannot be used, 14 the database cannot be used, 1 anything else.
            """);
        return asked ? SiloExitCodes.Ok : SiloExitCodes.Usage;
    }
}
