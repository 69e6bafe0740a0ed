using System.Security.Cryptography;

namespace Sympozium.Kubernetes.Client.Credentials;

/// <summary>A client certificate and its key in files, which may be renewed while the client lives.</summary>
/// <param name="certificate">PEM file, own certificate first.</param>
/// <param name="key">PEM file with the private key.</param>
/// <param name="time">The clock.</param>
public sealed class CertificateFilesCredential(string certificate, string key, TimeProvider time) : ICredentialSource
{
    private readonly ReloadedFile<ClusterCredential> _files =
        new([certificate, key], contents => new ClusterCredential(null, ClientCertificate.FromPem(contents[0], contents[1])), time);

    /// <inheritdoc/>
    public ValueTask<ClusterCredential> GetAsync(CancellationToken cancellationToken) => new(Load());

    /// <summary>The certificate of now.</summary>
    /// <exception cref="CredentialException">It cannot be read and never was.</exception>
    public ClusterCredential Load()
    {
        try
        {
            return _files.Get();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new CredentialException($"the client certificate '{certificate}' with key '{key}' cannot be used: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public void Refuse(ClusterCredential refused) => _files.Expire();
}
