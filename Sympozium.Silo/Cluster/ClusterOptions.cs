using System.Globalization;
using System.Net;
using Sympozium.Messaging.Nats;
using Sympozium.Messaging.Nats.Credentials;
using Sympozium.Silo.Hosting;

namespace Sympozium.Silo.Cluster;

/// <summary>Options of the verbs <c>silo</c> and <c>gateway</c>: a control plane beside a Kubernetes API that is not its own.</summary>
internal sealed record ClusterOptions
{
    /// <summary>How much runs in one process.</summary>
    public const string SmallProfile = "small";

    /// <summary>Where pods find the gateway that <c>k8s/manifests</c> installs.</summary>
    public const string ServiceUrl = "http://sympozium-gateway.sympozium-system.svc:8080";

    /// <summary>Several processes: silos and gateways.</summary>
    public const string ClusterProfile = "cluster";

    private const string Known = "--profile, --data, --kubeconfig, --context, --gateway-address, --gateway-port, --gateway-url, --health-port, --runner-image, --identity, --token-file";

    /// <summary>Options of the cluster profile that stand for a setting, which the environment may give as well.</summary>
    private static readonly SortedDictionary<string, string> SettingOf = new(StringComparer.Ordinal)
    {
        ["--client-port"] = $"{GrainClusterOptions.SectionName}:{nameof(GrainClusterOptions.ClientPort)}",
        ["--database-file"] = $"{GrainClusterOptions.SectionName}:{nameof(GrainClusterOptions.DatabaseFile)}",
        ["--installation"] = $"{GrainClusterOptions.SectionName}:{nameof(GrainClusterOptions.Installation)}",
        ["--nats-credentials-file"] = $"{NatsBusOptions.SectionName}:{nameof(NatsBusOptions.CredentialsFile)}",
        ["--nats-pods-url"] = $"{PodBusOptions.SectionName}:{nameof(PodBusOptions.Url)}",
        ["--nats-signing-seed-file"] = $"{PodBusOptions.SectionName}:{nameof(PodBusOptions.SigningSeedFile)}",
        ["--nats-url"] = $"{NatsBusOptions.SectionName}:{nameof(NatsBusOptions.Url)}",
        ["--silo-address"] = $"{GrainClusterOptions.SectionName}:{nameof(GrainClusterOptions.Address)}",
        ["--silo-name"] = $"{GrainClusterOptions.SectionName}:{nameof(GrainClusterOptions.SiloName)}",
        ["--silo-port"] = $"{GrainClusterOptions.SectionName}:{nameof(GrainClusterOptions.SiloPort)}",
    };

    /// <summary>
    /// <c>small</c>: grains, gateway, bus and SQLite in one process, one of them at a time by a Lease. <c>cluster</c>: this process is one of several silos or
    /// gateways, which meet in PostgreSQL and NATS.
    /// </summary>
    public string Profile { get; init; } = SmallProfile;

    /// <summary>Settings that options of the cluster profile gave, by key.</summary>
    public IReadOnlyDictionary<string, string?> Settings { get; init; } = new Dictionary<string, string?>();

    /// <summary>File with the gateway's token; null shares one through a Secret. Cluster profile only.</summary>
    public string? TokenFile { get; init; }

    /// <summary>Directory of grain state and the gateway's token; in a pod a volume that outlives it. Small profile only.</summary>
    public string DataDirectory { get; init; } = "/var/lib/sympozium";

    /// <summary>Kubeconfig; null takes the pod's service account, else <c>KUBECONFIG</c> or <c>~/.kube/config</c>.</summary>
    public string? Kubeconfig { get; init; }

    /// <summary>Context of the kubeconfig; null is its current one.</summary>
    public string? Context { get; init; }

    /// <summary>Address that the gateway listens on. Default: all of them, since pods come from elsewhere.</summary>
    public IPAddress GatewayAddress { get; init; } = IPAddress.Any;

    /// <summary>Port of the gateway; 0 takes a free one.</summary>
    public int GatewayPort { get; init; } = 8080;

    /// <summary>Base URL at which pods reach the gateway.</summary>
    public string GatewayUrl { get; init; } = ServiceUrl;

    /// <summary>Port of <c>/healthz</c> and <c>/readyz</c>; 0 takes a free one.</summary>
    public int HealthPort { get; init; } = 8081;

    /// <summary>Image of agent and ipc-bridge.</summary>
    public string RunnerImage { get; init; } = $"ghcr.io/sympozium/runner:{Local.Usage.Version}";

    /// <summary>Name of this process among those that may lead. Default: the pod's or host's name and something random.</summary>
    public string Identity { get; init; } = $"{Environment.GetEnvironmentVariable("POD_NAME") ?? Environment.MachineName}_{Guid.NewGuid():n}";

    /// <summary>Reads the command line; throws with a message for the user when it is wrong.</summary>
    /// <exception cref="FormatException">An option is unknown, lacks its value or has a wrong one.</exception>
    public static ClusterOptions Parse(string[] args)
    {
        var options = new ClusterOptions();
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal);
        string? clusterOnly = null;
        for (int i = 0; i < args.Length; i += 2)
        {
            string value = i + 1 < args.Length ? args[i + 1] : throw new FormatException($"The option '{args[i]}' needs a value.");
            if (SettingOf.TryGetValue(args[i], out string? key))
            {
                settings[key] = Setting(args[i], value);
                clusterOnly = args[i];
                continue;
            }

            options = args[i] switch
            {
                "--profile" => options with { Profile = ProfileOf(value) },
                "--data" => options with { DataDirectory = Path.GetFullPath(value) },
                "--kubeconfig" => options with { Kubeconfig = Path.GetFullPath(value) },
                "--context" => options with { Context = value },
                "--gateway-address" => options with { GatewayAddress = Address(value) },
                "--gateway-port" => options with { GatewayPort = Port(args[i], value) },
                "--gateway-url" => options with { GatewayUrl = Url(value) },
                "--health-port" => options with { HealthPort = Port(args[i], value) },
                "--runner-image" => options with { RunnerImage = value },
                "--identity" => options with { Identity = value },
                "--token-file" => options with { TokenFile = Path.GetFullPath(value) },
                _ => throw new FormatException($"The option '{args[i]}' is unknown; there are {Known}, and for the cluster profile {string.Join(", ", SettingOf.Keys)}."),
            };
        }

        clusterOnly ??= options.TokenFile is null ? null : "--token-file";
        return clusterOnly is null || options.Profile == ClusterProfile
            ? options with { Settings = settings }
            : throw new FormatException($"The option '{clusterOnly}' is for silos and gateways that are processes of their own; give '--profile {ClusterProfile}' too.");
    }

    /// <summary>Everybody on the machine sees arguments, so none may hold a password.</summary>
    private static string Setting(string option, string value) => option.EndsWith("-url", StringComparison.Ordinal) && value.Contains('@')
        ? throw new FormatException($"The option '{option}' has user or password in its URL, which everybody on the machine would see; name files by Sympozium__Nats__User and Sympozium__Nats__PasswordFile, or by --nats-credentials-file.")
        : option.EndsWith("-file", StringComparison.Ordinal) ? Path.GetFullPath(value) : value;

    private static string ProfileOf(string value) => value is SmallProfile or ClusterProfile
        ? value
        : throw new FormatException($"The option '--profile' has the value '{value}'; there are '{SmallProfile}' and '{ClusterProfile}'.");

    private static IPAddress Address(string value) => IPAddress.TryParse(value, out IPAddress? address)
        ? address
        : throw new FormatException($"The option '--gateway-address' has the value '{value}'; it must be an IP address, such as 0.0.0.0 or 127.0.0.1.");

    private static string Url(string value) => Uri.TryCreate(value, UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https" && url!.AbsolutePath == "/"
        ? value.TrimEnd('/')
        : throw new FormatException($"The option '--gateway-url' has the value '{value}'; it must be a URL without a path, such as {ServiceUrl}.");

    private static int Port(string option, string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port <= 65535
            ? port
            : throw new FormatException($"The option '{option}' has the value '{value}'; it must be a port from 0 to 65535, where 0 takes a free one.");
}
