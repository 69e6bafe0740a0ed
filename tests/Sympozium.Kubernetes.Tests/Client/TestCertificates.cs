using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Sympozium.Kubernetes.Tests.Client;

/// <summary>Authorities and certificates made for one test.</summary>
internal static class TestCertificates
{
    public static X509Certificate2 Authority()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN=test authority {Path.GetRandomFileName()}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-10), TimeProvider.System.GetUtcNow().AddDays(10));
    }

    /// <summary>A server's certificate for 127.0.0.1, or for another name.</summary>
    public static X509Certificate2 Server(X509Certificate2 authority, string? name = null, int daysLeft = 1) => Issue(authority, "CN=server", names =>
    {
        if (name is null)
        {
            names.AddIpAddress(IPAddress.Loopback);
        }
        else
        {
            names.AddDnsName(name);
        }
    }, daysLeft);

    /// <summary>A client's certificate.</summary>
    public static X509Certificate2 Client(X509Certificate2 authority, string name) => Issue(authority, $"CN={name}", null, daysLeft: 1);

    public static string KeyPem(X509Certificate2 certificate)
    {
        using ECDsa key = certificate.GetECDsaPrivateKey()!;
        return key.ExportPkcs8PrivateKeyPem();
    }

    private static X509Certificate2 Issue(X509Certificate2 authority, string subject, Action<SubjectAlternativeNameBuilder>? names, int daysLeft)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new(subject, key, HashAlgorithmName.SHA256);
        if (names is not null)
        {
            SubjectAlternativeNameBuilder builder = new();
            names(builder);
            request.CertificateExtensions.Add(builder.Build());
        }

        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 bare = request.Create(authority, now.AddDays(-5), now.AddDays(daysLeft), RandomNumberGenerator.GetBytes(8));
        return bare.CopyWithPrivateKey(key);
    }
}
