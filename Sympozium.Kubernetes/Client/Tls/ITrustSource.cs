using System.Security.Cryptography.X509Certificates;

namespace Sympozium.Kubernetes.Client.Tls;

/// <summary>Authorities that may have signed the server's certificate, where they may change while the client lives.</summary>
public interface ITrustSource
{
    /// <summary>Those of now.</summary>
    X509Certificate2Collection Authorities { get; }
}

/// <summary>Authorities that never change.</summary>
public sealed class FixedTrust(X509Certificate2Collection authorities) : ITrustSource
{
    /// <inheritdoc/>
    public X509Certificate2Collection Authorities => authorities;
}
