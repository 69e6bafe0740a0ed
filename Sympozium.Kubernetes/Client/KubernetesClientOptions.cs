namespace Sympozium.Kubernetes.Client;

/// <summary>Limits and periods of <see cref="KubernetesClient"/>.</summary>
public sealed class KubernetesClientOptions
{
    /// <summary>How long one request may take, its answer's body included; for streams, until the answer's headers. Default 60 s.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long to wait for a TCP and TLS connection. Default 10 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Silence on a connection after which it is asked for a sign of life. Default 30 s, as in client-go.</summary>
    public TimeSpan PingDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long that sign may take; then the connection is dead. Default 15 s.</summary>
    public TimeSpan PingTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Requests a second in the long run; more wait. 0 is no limit. Default 0: a process that works for many sets it.</summary>
    public double RequestsPerSecond { get; init; }

    /// <summary>Requests that may go out at once after a quiet time. Default 200.</summary>
    public int Burst { get; init; } = 200;

    /// <summary>Objects that one page of a list holds. Default 500.</summary>
    public int PageSize { get; init; } = 500;

    /// <summary>How often a request is sent again when the server asks to retry later, or a read when its connection broke. Default 10.</summary>
    public int MaxRetries { get; init; } = 10;

    /// <summary>The longest Retry-After that is honoured by waiting; longer ones are given to the caller. Default 10 s.</summary>
    public TimeSpan MaxRetryWait { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a watch asks the server to keep it open. Default 5 minutes.</summary>
    public TimeSpan WatchTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Silence after <see cref="WatchTimeout"/> that means the connection is dead. Default 30 s.</summary>
    public TimeSpan WatchGrace { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest event of a watch, in bytes. Default 32 MiB.</summary>
    public int MaxEventBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>Name under which changes are attributed to this client.</summary>
    public string FieldManager { get; init; } = "sympozium";

    /// <summary>User-Agent header.</summary>
    public string UserAgent { get; init; } = "sympozium/0.1";
}
