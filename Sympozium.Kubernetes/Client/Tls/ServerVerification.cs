using System.Globalization;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Sympozium.Kubernetes.Client.Tls;

/// <summary>Decides whether the certificate that a server shows is the one of the API server, and says why not.</summary>
internal static class ServerVerification
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <summary>
    /// For <see cref="SslClientAuthenticationOptions.RemoteCertificateValidationCallback"/>. Throws instead of returning false: the exception
    /// reaches the caller of the request with the reason.
    /// </summary>
    /// <exception cref="AuthenticationException">The certificate is not accepted.</exception>
    public static bool Verify(ITrustSource? trust, string host, X509Certificate? shown, X509Chain? systemChain, SslPolicyErrors errors)
    {
        if (shown is null || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
        {
            throw new AuthenticationException("the server shows no certificate");
        }

        // Not disposed: the certificate belongs to the stream.
        X509Certificate2 certificate = shown as X509Certificate2 ?? X509CertificateLoader.LoadCertificate(shown.GetRawCertData());
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            throw new AuthenticationException($"the server's certificate is for {Names(certificate)}, not for '{host}'; correct the address, or name the right one as tls-server-name");
        }

        if (trust is null)
        {
            return errors == SslPolicyErrors.None ? true : throw Untrusted(certificate, systemChain, "the authorities of this system");
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        chain.ChainPolicy.CustomTrustStore.AddRange(trust.Authorities);
        if (systemChain is not null)
        {
            chain.ChainPolicy.ExtraStore.AddRange(systemChain.ChainPolicy.ExtraStore);
        }

        return chain.Build(certificate) ? true : throw Untrusted(certificate, chain, "the given certificate authority");
    }

    private static AuthenticationException Untrusted(X509Certificate2 certificate, X509Chain? chain, string authorities)
    {
        X509ChainStatusFlags flags = chain?.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status) ?? X509ChainStatusFlags.NoError;
        if (flags.HasFlag(X509ChainStatusFlags.NotTimeValid))
        {
            return new AuthenticationException(
                $"the server's certificate is valid from {Time(certificate.NotBefore)} to {Time(certificate.NotAfter)} and not now; renew it, or correct the clock of this machine");
        }

        if (flags.HasFlag(X509ChainStatusFlags.NotValidForUsage))
        {
            return new AuthenticationException("the server's certificate is not meant for servers (extended key usage)");
        }

        string reasons = flags is X509ChainStatusFlags.NoError ? "" : $" ({flags})";
        return new AuthenticationException($"the server's certificate, issued by '{certificate.Issuer}', is not signed by {authorities}{reasons}");
    }

    private static string Names(X509Certificate2 certificate)
    {
        string[] names = [.. certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(extension => extension.EnumerateDnsNames().Concat(extension.EnumerateIPAddresses().Select(address => address.ToString())))
            .Select(name => $"'{name}'")];
        return names.Length == 0 ? $"'{certificate.Subject}' without any host name" : string.Join(", ", names);
    }

    private static string Time(DateTime local) => local.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
