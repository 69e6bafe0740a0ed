using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Sympozium.LocalCluster.Hosting;

/// <summary>The cluster's own authority and the server's certificate; made at the first start, the latter again before it expires.</summary>
internal sealed class Certificates(ClusterFiles files, TimeProvider time) : IDisposable
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private static readonly TimeSpan AuthorityLife = TimeSpan.FromDays(3_650);
    private static readonly TimeSpan ServerLife = TimeSpan.FromDays(825);
    private static readonly TimeSpan RenewBefore = TimeSpan.FromDays(60);

    private static readonly string[] Names =
        ["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"];

    /// <summary>PEM of the authority, for kubeconfigs.</summary>
    public string AuthorityPem { get; private set; } = "";

    /// <summary>The authority without its key; users with certificates of it are known.</summary>
    public X509Certificate2? Authority { get; private set; }

    /// <summary>The server's certificate with its key.</summary>
    public X509Certificate2 Load()
    {
        string authorityPath = Path.Combine(files.Pki, "ca.crt");
        string authorityKeyPath = Path.Combine(files.Pki, "ca.key");
        if (!File.Exists(authorityPath) || !File.Exists(authorityKeyPath))
        {
            using X509Certificate2 made = MakeAuthority();
            Save(made, authorityPath, authorityKeyPath);
        }

        AuthorityPem = File.ReadAllText(authorityPath);
        Authority = X509Certificate2.CreateFromPem(AuthorityPem);
        using X509Certificate2 authority = X509Certificate2.CreateFromPemFile(authorityPath, authorityKeyPath);
        string serverPath = Path.Combine(files.Pki, "server.crt");
        string serverKeyPath = Path.Combine(files.Pki, "server.key");
        if (!IsUsable(serverPath, serverKeyPath, authority))
        {
            using X509Certificate2 made = MakeServer(authority);
            Save(made, serverPath, serverKeyPath);
        }

        return X509Certificate2.CreateFromPemFile(serverPath, serverKeyPath);
    }

    /// <inheritdoc/>
    public void Dispose() => Authority?.Dispose();

    private static void Save(X509Certificate2 certificate, string path, string keyPath)
    {
        using ECDsa key = certificate.GetECDsaPrivateKey()!;
        ClusterFiles.WriteSecret(keyPath, key.ExportPkcs8PrivateKeyPem());
        ClusterFiles.WriteSecret(path, certificate.ExportCertificatePem() + "\n");
    }

    private static byte[] Serial()
    {
        byte[] serial = RandomNumberGenerator.GetBytes(16);
        serial[0] &= 0x7f;
        return serial;
    }

    private bool IsUsable(string path, string keyPath, X509Certificate2 authority)
    {
        if (!File.Exists(path) || !File.Exists(keyPath))
        {
            return false;
        }

        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificateFromFile(path);
        return certificate.Issuer == authority.Subject && certificate.NotAfter.ToUniversalTime() - RenewBefore > time.GetUtcNow().UtcDateTime;
    }

    private X509Certificate2 MakeAuthority()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        // A name of its own, so that a client which trusts several such authorities does not mix them up.
        CertificateRequest request = new($"CN=sympozium-ca-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign | X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        DateTimeOffset now = time.GetUtcNow();
        return request.CreateSelfSigned(now.AddHours(-1), now + AuthorityLife);
    }

    private X509Certificate2 MakeServer(X509Certificate2 authority)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=sympozium-local-cluster", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        foreach (string name in Names)
        {
            names.AddDnsName(name);
        }

        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerAuthentication)], false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, true, false));
        DateTimeOffset now = time.GetUtcNow();
        using X509Certificate2 signed = request.Create(authority, now.AddHours(-1), now + ServerLife, Serial());
        return signed.CopyWithPrivateKey(key);
    }
}
