using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Sympozium.Kubernetes.Client.Credentials;

/// <summary>A certificate with its private key, and the intermediate certificates that stand behind it in the same PEM text.</summary>
public sealed class ClientCertificate
{
    private ClientCertificate(X509Certificate2 leaf, X509Certificate2Collection intermediates)
    {
        Leaf = leaf;
        Context = SslStreamCertificateContext.Create(leaf, intermediates, offline: true);
    }

    /// <summary>The certificate itself.</summary>
    public X509Certificate2 Leaf { get; }

    internal SslStreamCertificateContext Context { get; }

    /// <summary>Reads PEM text, the client's own certificate first.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">It is not what it should be, or the key is another one's.</exception>
    public static ClientCertificate FromPem(string certificates, string key)
    {
        var all = new X509Certificate2Collection();
        all.ImportFromPem(certificates);
        X509Certificate2 leaf = X509Certificate2.CreateFromPem(certificates, key);
        return new ClientCertificate(leaf, [.. all.Skip(1)]);
    }
}
