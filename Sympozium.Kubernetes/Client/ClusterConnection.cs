using System.Security.Cryptography.X509Certificates;

namespace Sympozium.Kubernetes.Client;

/// <summary>How to reach one API server and as whom; what a kubeconfig context or a pod's service account resolves to.</summary>
public sealed record ClusterConnection
{
    /// <summary>Base address; a path, as some proxies need it, is kept.</summary>
    public required Uri Server { get; init; }

    /// <summary>Authorities that may have signed the server's certificate; null means those of the system.</summary>
    public X509Certificate2Collection? CertificateAuthorities { get; init; }

    /// <summary>Accept any server certificate.</summary>
    public bool SkipTlsVerify { get; init; }

    /// <summary>Name to expect in the server's certificate instead of the address.</summary>
    public string? TlsServerName { get; init; }

    /// <summary>Certificate with private key that identifies the user.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>Where the bearer token comes from; null when there is none.</summary>
    public ITokenSource? Token { get; init; }

    /// <summary>Basic authentication, <c>user:password</c>; some proxies in front of API servers use it.</summary>
    public string? BasicCredentials { get; init; }

    /// <summary>Proxy for this server; null takes the environment's, except for loopback addresses.</summary>
    public Uri? Proxy { get; init; }

    /// <summary>Namespace to use when none is given.</summary>
    public string Namespace { get; init; } = DefaultNamespace;

    /// <summary>What a person calls this connection in messages: context and file, or "in-cluster".</summary>
    public string Description { get; init; } = "";

    public const string DefaultNamespace = "default";

    /// <summary>Never shows credentials.</summary>
    public override string ToString() => Description.Length == 0 ? Server.ToString() : $"{Server} ({Description})";
}
