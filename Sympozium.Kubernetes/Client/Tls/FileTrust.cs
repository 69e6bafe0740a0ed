using System.Security.Cryptography.X509Certificates;

namespace Sympozium.Kubernetes.Client.Tls;

/// <summary>Authorities in a PEM file that somebody else replaces, as happens when a cluster's authority is rotated.</summary>
public sealed class FileTrust(string path, TimeProvider time) : ITrustSource
{
    private readonly ReloadedFile<X509Certificate2Collection> _file = new([path], contents => Parse(contents[0]), time);

    /// <inheritdoc/>
    public X509Certificate2Collection Authorities => _file.Get();

    /// <summary>Certificates of a PEM text.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">One cannot be read.</exception>
    internal static X509Certificate2Collection Parse(string pem)
    {
        X509Certificate2Collection certificates = [];
        certificates.ImportFromPem(pem);
        return certificates.Count > 0 ? certificates : throw new ArgumentException("it holds no PEM certificate");
    }
}
