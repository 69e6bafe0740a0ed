namespace Sympozium.Kubernetes.Client.Credentials;

/// <summary>What identifies the client at one moment: a bearer token, a client certificate, both or neither.</summary>
/// <param name="Token">Bearer token; null for none.</param>
/// <param name="Certificate">Certificate for the TLS handshake; the same object as long as it has not changed.</param>
public sealed record ClusterCredential(string? Token = null, ClientCertificate? Certificate = null)
{
    /// <summary>Nobody in particular.</summary>
    public static readonly ClusterCredential Anonymous = new();

    /// <summary>Never shows the token.</summary>
    public override string ToString() => (Token, Certificate) switch
    {
        (null, null) => "anonymous",
        (null, _) => "client certificate",
        (_, null) => "bearer token",
        _ => "bearer token and client certificate",
    };
}
