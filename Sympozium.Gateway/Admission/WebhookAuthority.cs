using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Sympozium.Gateway.Admission;

/// <summary>Certificates as the replicas share them, in PEM.</summary>
/// <param name="Authorities">Authorities that clients trust: the newest first, then those whose certificates may still be in use.</param>
/// <param name="AuthorityKey">Key of the newest authority.</param>
/// <param name="Certificate">Certificate of the server.</param>
/// <param name="Key">Key of the server.</param>
internal sealed record WebhookKeys(string Authorities, string AuthorityKey, string Certificate, string Key);

/// <summary>
/// Pure apart from randomness: what the certificates have to be at a time. A new authority is trusted for <see cref="Overlap"/> before
/// the first certificate is signed by it, so that no API server meets one that it does not know, and the old one stays as long again.
/// </summary>
internal static class WebhookAuthority
{
    public static readonly TimeSpan AuthorityLife = TimeSpan.FromDays(3650);
    public static readonly TimeSpan RenewAuthorityBefore = TimeSpan.FromDays(365);
    public static readonly TimeSpan CertificateLife = TimeSpan.FromDays(90);
    public static readonly TimeSpan RenewCertificateBefore = TimeSpan.FromDays(30);
    public static readonly TimeSpan Overlap = TimeSpan.FromDays(1);

    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <summary>Clocks of API servers may be behind ours.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromHours(1);

    /// <summary>The keys to go on with; the same object when nothing has to change.</summary>
    /// <param name="keys">The present ones; null or unusable ones are made anew.</param>
    /// <param name="names">DNS names and IP addresses of the server; the loopback addresses come by themselves.</param>
    /// <param name="now">The time.</param>
    public static WebhookKeys Renew(WebhookKeys? keys, IReadOnlyList<string> names, DateTimeOffset now)
    {
        if (keys is null || !IsUsable(keys, now))
        {
            (string authority, string authorityKey) = MakeAuthority(now);
            return Sign(new WebhookKeys(authority, authorityKey, "", ""), names, now);
        }

        List<X509Certificate2> authorities = Read(keys.Authorities);
        try
        {
            X509Certificate2 newest = authorities[0];
            if (newest.NotAfter.ToUniversalTime() - now.UtcDateTime < RenewAuthorityBefore)
            {
                (string authority, string authorityKey) = MakeAuthority(now);
                return keys with { Authorities = authority + Write(authorities.Where(old => old.NotAfter.ToUniversalTime() > now.UtcDateTime)), AuthorityKey = authorityKey };
            }

            using X509Certificate2 certificate = X509Certificate2.CreateFromPem(keys.Certificate);
            bool isTrustedByAll = authorities.Count == 1 || Made(newest) + Overlap <= now;
            bool isOfNewest = certificate.IssuerName.RawData.AsSpan().SequenceEqual(newest.SubjectName.RawData);
            bool isWanted = !isOfNewest || certificate.NotAfter.ToUniversalTime() - now.UtcDateTime < RenewCertificateBefore || !Covers(certificate, names);
            if (isTrustedByAll && isWanted)
            {
                return Sign(keys, names, now);
            }

            // The replicas that read the Secret late still serve the old certificate for a while.
            return authorities.Count > 1 && isOfNewest && Made(certificate) + Overlap <= now ? keys with { Authorities = Write([newest]) } : keys;
        }
        finally
        {
            authorities.ForEach(authority => authority.Dispose());
        }
    }

    /// <summary>The server's certificate with its key.</summary>
    /// <exception cref="CryptographicException">The PEM cannot be read.</exception>
    public static X509Certificate2 Open(string certificate, string key) => X509Certificate2.CreateFromPem(certificate, key);

    /// <summary>Whether there is an authority with its key that has not expired, and a certificate that belongs to its key.</summary>
    private static bool IsUsable(WebhookKeys keys, DateTimeOffset now)
    {
        List<X509Certificate2> authorities = [];
        try
        {
            authorities = Read(keys.Authorities);
            using X509Certificate2 newest = Open(authorities.Count > 0 ? authorities[0].ExportCertificatePem() : "", keys.AuthorityKey);
            using X509Certificate2 certificate = Open(keys.Certificate, keys.Key);
            return newest.NotAfter.ToUniversalTime() > now.UtcDateTime
                && certificate.NotAfter.ToUniversalTime() > now.UtcDateTime
                && authorities.Any(authority => authority.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData));
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return false;
        }
        finally
        {
            authorities.ForEach(authority => authority.Dispose());
        }
    }

    private static DateTimeOffset Made(X509Certificate2 certificate) => new DateTimeOffset(certificate.NotBefore.ToUniversalTime(), TimeSpan.Zero) + ClockSkew;

    private static bool Covers(X509Certificate2 certificate, IReadOnlyList<string> names) => names.All(name => certificate.MatchesHostname(name, allowCommonName: false));

    private static (string Certificate, string Key) MakeAuthority(DateTimeOffset now)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        // A name of its own: during a rotation two are trusted, and clients find the right one by name.
        CertificateRequest request = new($"CN=sympozium-webhook-ca-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        using X509Certificate2 made = request.CreateSelfSigned(now - ClockSkew, now + AuthorityLife);
        return (made.ExportCertificatePem() + "\n", key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    private static WebhookKeys Sign(WebhookKeys keys, IReadOnlyList<string> names, DateTimeOffset now)
    {
        List<X509Certificate2> authorities = Read(keys.Authorities);
        try
        {
            using X509Certificate2 authority = Open(authorities[0].ExportCertificatePem(), keys.AuthorityKey);
            using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            CertificateRequest request = new($"CN={names[0]}", key, HashAlgorithmName.SHA256);
            SubjectAlternativeNameBuilder alternatives = new();
            HashSet<IPAddress> addresses = [IPAddress.Loopback, IPAddress.IPv6Loopback];
            foreach (string name in names)
            {
                if (IPAddress.TryParse(name, out IPAddress? address))
                {
                    addresses.Add(address);
                }
                else
                {
                    alternatives.AddDnsName(name);
                }
            }

            foreach (IPAddress address in addresses)
            {
                alternatives.AddIpAddress(address);
            }

            request.CertificateExtensions.Add(alternatives.Build());
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
            request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerAuthentication)], false));
            request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, true, false));
            byte[] serial = RandomNumberGenerator.GetBytes(16);
            serial[0] &= 0x7f;
            using X509Certificate2 made = request.Create(authority, now - ClockSkew, now + CertificateLife, serial);
            return keys with { Certificate = made.ExportCertificatePem() + "\n", Key = key.ExportPkcs8PrivateKeyPem() + "\n" };
        }
        finally
        {
            authorities.ForEach(authority => authority.Dispose());
        }
    }

    private static List<X509Certificate2> Read(string pem)
    {
        X509Certificate2Collection found = [];
        found.ImportFromPem(pem);
        return [.. found];
    }

    private static string Write(IEnumerable<X509Certificate2> authorities)
    {
        var pem = new StringBuilder();
        foreach (X509Certificate2 authority in authorities)
        {
            pem.Append(authority.ExportCertificatePem()).Append('\n');
        }

        return pem.ToString();
    }
}
