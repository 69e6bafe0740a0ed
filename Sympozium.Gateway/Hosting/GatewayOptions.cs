using System.Net;

namespace Sympozium.Gateway.Hosting;

/// <summary>How the gateway listens and what it bounds.</summary>
public sealed class GatewayOptions
{
    /// <summary>Address to listen on.</summary>
    /// <value>Default loopback.</value>
    public IPAddress Address { get; set; } = IPAddress.Loopback;

    /// <summary>TCP port; 0 takes a free one.</summary>
    /// <value>Default 8080.</value>
    public int Port { get; set; } = 8080;

    /// <summary>Unix socket that local pods mount; its directory gets mode 0700. Null: none.</summary>
    public string? SocketPath { get; set; }

    /// <summary>File with the bearer token of <c>/v1</c> and <c>/api</c>; made at first start.</summary>
    public string TokenFile { get; set; } = "token";

    /// <summary>Namespace of a model id without one.</summary>
    public string DefaultNamespace { get; set; } = "default";

    /// <summary>Largest request body in bytes.</summary>
    /// <value>Default 32 MiB.</value>
    public long MaxRequestBytes { get; set; } = 32L * 1024 * 1024;

    /// <summary>Longest silence on a stream before a comment is sent.</summary>
    /// <value>Default 15 seconds.</value>
    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How often a waiting request reads its AgentRun, because the bus may lose an event.</summary>
    /// <value>Default 5 seconds.</value>
    public TimeSpan RunPollInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long an <c>Idempotency-Key</c> stands for the run that it first created.</summary>
    /// <value>Default 15 minutes.</value>
    public TimeSpan IdempotencyWindow { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Longest time to wait for the API server when a run is created or cancelled.</summary>
    /// <value>Default 30 seconds.</value>
    public TimeSpan ControlTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the existence of a run is taken for granted when its token is used.</summary>
    /// <value>Default 30 seconds.</value>
    public TimeSpan RunIdentityLifetime { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Origins of web pages that may call the gateway, beside loopback; <c>*</c> is all.</summary>
    public IList<string> CorsOrigins { get; } = [];

    /// <summary>Events that are kept per run for late subscribers; the oldest leave first.</summary>
    /// <value>Default 4096.</value>
    public int MaxEventsPerRun { get; set; } = 4096;

    /// <summary>Runs whose events are kept; those that ended first leave first.</summary>
    /// <value>Default 256.</value>
    public int MaxRunsWithEvents { get; set; } = 256;

    /// <summary>How long the events of an ended run are kept.</summary>
    /// <value>Default 2 minutes.</value>
    public TimeSpan EndedRunRetention { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How long running requests may go on when the gateway stops. Streams of runs end at once; their runs go on.</summary>
    /// <value>Default 2 seconds.</value>
    public TimeSpan ShutdownGrace { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Most events in one publish of a pod.</summary>
    /// <value>Default 1000.</value>
    public int MaxEventsPerPublish { get; set; } = 1000;
}
