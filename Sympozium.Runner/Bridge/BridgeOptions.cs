using Sympozium.Abstractions.Ipc;
using Sympozium.Runner.Agent;
using Sympozium.Runner.Http;
using Sympozium.Runner.Lifetime;
using Sympozium.Runner.Nats;

namespace Sympozium.Runner.Bridge;

/// <summary>What the bridge's container was given, and the limits it keeps.</summary>
internal sealed record BridgeOptions
{
    /// <summary>Name of the run.</summary>
    public required string RunId { get; init; }

    /// <summary>Namespace of the run.</summary>
    public required string Namespace { get; init; }

    /// <summary>Name of the instance.</summary>
    public string? Instance { get; init; }

    /// <summary>Uid of the run, out of its token; null when there is no such token. Starts the ids of events, else the run's name does.</summary>
    public string? RunUid { get; init; }

    /// <summary>Root of the shared volume.</summary>
    public string IpcRoot { get; init; } = IpcPaths.DefaultRoot;

    /// <summary>The run's token; null sends none.</summary>
    public string? Token { get; init; }

    /// <summary>The gateway; null when NATS takes everything.</summary>
    public HttpTarget? Gateway { get; init; }

    /// <summary>NATS, when the pod may speak there by itself; null publishes through <see cref="Gateway"/>.</summary>
    public NatsServers? Nats { get; init; }

    /// <summary>Channels that messages may go to; null enforces nothing, empty drops all.</summary>
    public IReadOnlyList<string>? AllowedChannels { get; init; }

    /// <summary>Whether the control plane takes the agent's spans.</summary>
    public bool ReportsSpans { get; init; }

    /// <summary>W3C trace context of the run; goes along with what is published on NATS.</summary>
    public string? TraceParent { get; init; }

    /// <summary>Longest file that is published.</summary>
    public int MaxFileBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Bytes after which a batch is sent.</summary>
    public int MaxBatchBytes { get; init; } = 1024 * 1024;

    /// <summary>Most events of one batch.</summary>
    public int MaxBatchEvents { get; init; } = 256;

    /// <summary>First pause while the gateway is away; each further one is twice as long.</summary>
    public TimeSpan FirstBackoff { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Longest pause while the gateway is away.</summary>
    public TimeSpan LongestBackoff { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Time to make a connection.</summary>
    public TimeSpan ConnectLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time for an answer to a publish.</summary>
    public TimeSpan AnswerLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Time after which a silent inbound stream is opened anew.</summary>
    public TimeSpan InboundIdleLimit { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Time after the start at which inbound events are subscribed to, when nothing needs them before: a short run never pays for it.</summary>
    public TimeSpan InboundDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Time for what is left to publish after SIGTERM.</summary>
    public TimeSpan DrainLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Age below which a malformed file found by a scan may still be in the making.</summary>
    public TimeSpan HalfWrittenAge { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Pause after so many failures in a row, from 1 on.</summary>
    public TimeSpan Backoff(int failures)
    {
        double factor = Math.Min(Math.Pow(2, failures - 1), 1e6) * (0.5 + (Random.Shared.NextDouble() / 2));
        return TimeSpan.FromTicks((long)Math.Min(FirstBackoff.Ticks * factor, LongestBackoff.Ticks));
    }

    /// <summary>What sends events: NATS where there is one, else the gateway.</summary>
    public IEventPublisher CreatePublisher(ProcessLifetime lifetime) =>
        Nats is { } nats ? new NatsPublisher(nats, this, lifetime) : new GatewayPublisher(Gateway!, this, lifetime);

    /// <summary>Reads the environment; every problem is listed.</summary>
    /// <exception cref="FormatException">Something is missing or malformed.</exception>
    public static BridgeOptions FromEnvironment()
    {
        var problems = new List<string>();
        string? runId = Read(PodEnvironment.RunId);
        string? ns = Read(PodEnvironment.Namespace);
        string? url = Read(PodEnvironment.EventBusUrl);
        string? socket = Read(PodEnvironment.GatewaySocket);
        Require(runId, PodEnvironment.RunId, "the name of the run", problems);
        Require(ns, PodEnvironment.Namespace, "the namespace of the run", problems);
        Require(url ?? socket, PodEnvironment.EventBusUrl, "unix:///path or http://host of the gateway, or nats://host", problems);
        string? token = SecretVariable.Take(PodEnvironment.OpenAiApiKey);
        string? uid = RunIdentityReader.Read(token);
        bool isNats = url is not null && NatsServers.IsNats(url);
        NatsServers? nats = isNats ? NatsServers.Read(url!, Read(PodEnvironment.EventBusCredentials), Read(PodEnvironment.EventBusAuthority), ns, runId, uid, problems) : null;
        HttpTarget? gateway = ReadGateway(isNats ? Read(PodEnvironment.GatewayUrl) : url, socket, isNats ? PodEnvironment.GatewayUrl : PodEnvironment.EventBusUrl, problems);
        if (problems.Count > 0)
        {
            throw new FormatException(string.Join("\n", problems));
        }

        return new BridgeOptions
        {
            RunId = runId!,
            Namespace = ns!,
            Instance = Read(PodEnvironment.Instance),
            RunUid = uid,
            IpcRoot = Read(PodEnvironment.IpcRoot) ?? IpcPaths.DefaultRoot,
            Token = token,
            Gateway = gateway,
            Nats = nats,
            ReportsSpans = Read(PodEnvironment.ReportSpans) == "true",
            TraceParent = Read(PodEnvironment.TraceParent),
            AllowedChannels = Environment.GetEnvironmentVariable(PodEnvironment.AllowedOutboundChannels)
                ?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
        };
    }

    private static HttpTarget? ReadGateway(string? url, string? socket, string variable, List<string> problems)
    {
        try
        {
            return url is not null ? HttpTarget.Parse(url, variable) : socket is not null ? new HttpTarget { SocketPath = socket } : null;
        }
        catch (FormatException e)
        {
            problems.Add(e.Message);
            return null;
        }
    }

    private static string? Read(string name)
    {
        string? value = Environment.GetEnvironmentVariable(name);
        return string.IsNullOrWhiteSpace(value) ? null : value.Trim();
    }

    private static void Require(string? value, string name, string meaning, List<string> problems)
    {
        if (value is null)
        {
            problems.Add($"{name} is not set; it must be {meaning}.");
        }
    }
}
