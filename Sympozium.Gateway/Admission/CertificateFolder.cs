using System.Security.Cryptography.X509Certificates;

namespace Sympozium.Gateway.Admission;

/// <summary>A certificate that somebody else, such as cert-manager, keeps in a mounted Secret.</summary>
internal sealed class CertificateFolder(string directory)
{
    private string? _last;

    /// <summary>The certificate if it is another one than the last time; else null. A kubelet swaps both files at once, by a link.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">The files do not hold a certificate and its key.</exception>
    public async Task<X509Certificate2?> ReadAsync(CancellationToken cancellationToken)
    {
        string certificate = await File.ReadAllTextAsync(Path.Combine(directory, "tls.crt"), cancellationToken);
        if (certificate == _last)
        {
            return null;
        }

        X509Certificate2 opened = WebhookAuthority.Open(certificate, await File.ReadAllTextAsync(Path.Combine(directory, "tls.key"), cancellationToken));
        _last = certificate;
        return opened;
    }
}
