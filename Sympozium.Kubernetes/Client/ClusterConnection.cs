using Sympozium.Kubernetes.Client.Credentials;
using Sympozium.Kubernetes.Client.Tls;

namespace Sympozium.Kubernetes.Client;

/// <summary>How to reach one API server and as whom; what a kubeconfig context or a pod's service account resolves to.</summary>
public sealed record ClusterConnection
{
    public const string DefaultNamespace = "default";

    /// <summary>Base address; a path, as some proxies need it, is kept.</summary>
    public required Uri Server { get; init; }

    /// <summary>Authorities that may have signed the server's certificate; null means those of the system.</summary>
    public ITrustSource? Trust { get; init; }

    /// <summary>Accept any server certificate.</summary>
    public bool SkipTlsVerify { get; init; }

    /// <summary>Name to expect in the server's certificate instead of the address.</summary>
    public string? TlsServerName { get; init; }

    /// <summary>Who the client is.</summary>
    public ICredentialSource Credentials { get; init; } = new FixedCredential(ClusterCredential.Anonymous);

    /// <summary>Whom to act as; null for oneself.</summary>
    public Impersonation? Impersonation { get; init; }

    /// <summary>Proxy for this server (http, https or socks5); null takes the environment's, except for loopback addresses.</summary>
    public Uri? Proxy { get; init; }

    /// <summary>Do not ask for compressed answers: less work on a fast network.</summary>
    public bool DisableCompression { get; init; }

    /// <summary>Namespace to use when none is given.</summary>
    public string Namespace { get; init; } = DefaultNamespace;

    /// <summary>What a person calls this connection in messages: context and file, or "in-cluster".</summary>
    public string Description { get; init; } = "";

    /// <summary>Never shows credentials.</summary>
    public override string ToString() => Description.Length == 0 ? Server.ToString() : $"{Server} ({Description})";
}
