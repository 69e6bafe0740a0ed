using System.ComponentModel.DataAnnotations;

namespace Sympozium.Messaging.Nats;

/// <summary>How the event bus reaches NATS, and what it asks of JetStream there.</summary>
public sealed class NatsBusOptions
{
    /// <summary>Section of the configuration.</summary>
    public const string SectionName = "Sympozium:Nats";

    /// <summary>Servers, separated by commas: <c>nats://host:4222</c>, or <c>tls://host:4222</c> to insist on TLS.</summary>
    /// <value>Default nats://127.0.0.1:4222. User and password may be part of it, but a file is safer.</value>
    [Required]
    public string Url { get; set; } = "nats://127.0.0.1:4222";

    /// <summary>Name of this client in the server's list of connections.</summary>
    /// <value>Default sympozium.</value>
    public string Name { get; set; } = "sympozium";

    /// <summary>User; goes with <see cref="PasswordFile"/>.</summary>
    /// <value>Default null: none.</value>
    public string? User { get; set; }

    /// <summary>File with the user's password. Read at each connect, so that a rotated one is used.</summary>
    /// <value>Default null: none.</value>
    public string? PasswordFile { get; set; }

    /// <summary>File with a token. Read at each connect, so that a rotated one is used.</summary>
    /// <value>Default null: none.</value>
    public string? TokenFile { get; set; }

    /// <summary>File with the seed of an nkey (a user's, <c>SU…</c>).</summary>
    /// <value>Default null: none.</value>
    public string? NkeyFile { get; set; }

    /// <summary>Credentials file (<c>.creds</c>: a user's JWT and seed).</summary>
    /// <value>Default null: none.</value>
    public string? CredentialsFile { get; set; }

    /// <summary>PEM file with the authorities that the server's certificate may come from.</summary>
    /// <value>Default null: the system's.</value>
    public string? CaFile { get; set; }

    /// <summary>PEM file with a client certificate; goes with <see cref="KeyFile"/>.</summary>
    /// <value>Default null: none.</value>
    public string? CertificateFile { get; set; }

    /// <summary>PEM file with the client certificate's key.</summary>
    /// <value>Default null: none.</value>
    public string? KeyFile { get; set; }

    /// <summary>Copies of the stream, when this process has to make it.</summary>
    /// <value>Default 1; 3 for a NATS cluster. 1 to 5.</value>
    [Range(1, 5)]
    public int Replicas { get; set; } = 1;

    /// <summary>How long the stream keeps an event, when this process has to make it.</summary>
    /// <value>Default 24 hours.</value>
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromHours(24);

    /// <summary>How large the stream may get, in bytes, when this process has to make it; the oldest events go first.</summary>
    /// <value>Default 8 GiB; -1 for no limit.</value>
    public long MaxBytes { get; set; } = 8L << 30;

    /// <summary>How long the server remembers the ids of events, when this process has to make the stream.</summary>
    /// <value>Default 2 minutes.</value>
    public TimeSpan DuplicateWindow { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How long parked events are kept, when this process has to make their stream.</summary>
    /// <value>Default 7 days.</value>
    public TimeSpan ParkedMaxAge { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How long a publish waits for the server's confirmation, the time without a connection included.</summary>
    /// <value>Default 5 s.</value>
    public TimeSpan PublishTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Publishes that wait for their confirmation at most; one more is refused at once. Bounds the memory of a time without NATS.</summary>
    /// <value>Default 4096, at least 1.</value>
    [Range(1, 1_000_000)]
    public int MaxPendingPublishes { get; set; } = 4096;

    /// <summary>Events that wait for one live subscriber at most; one more ends its subscription with an overload.</summary>
    /// <value>Default 8192, at least 1.</value>
    [Range(1, 1_000_000)]
    public int SubscriberCapacity { get; set; } = 8192;

    /// <summary>Shortest pause before a connection or a consumer is tried again.</summary>
    /// <value>Default 100 ms.</value>
    public TimeSpan RetryMin { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Longest pause before a connection or a consumer is tried again.</summary>
    /// <value>Default 5 s.</value>
    public TimeSpan RetryMax { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a silent connection is asked for a sign of life; two that stay unanswered end it.</summary>
    /// <value>Default 10 s.</value>
    public TimeSpan PingInterval { get; set; } = TimeSpan.FromSeconds(10);
}
