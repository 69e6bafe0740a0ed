using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Sympozium.LocalCluster.Kinds.Rules.Webhooks;

namespace Sympozium.LocalCluster.Admission.Webhooks;

/// <summary>The connections to one host, whose certificate must lead to given authorities and be for that host.</summary>
internal sealed class WebhookTrust : IDisposable
{
    private readonly string _host;
    private readonly X509Certificate2Collection _authorities;
    private readonly SocketsHttpHandler _handler;

    public WebhookTrust(string host, string authorities, TimeSpan idle, TimeSpan life)
    {
        _host = host;
        _authorities = authorities.Length == 0 ? [] : WebhookClientRules.ReadBundle(authorities);
        _handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.None,
            PooledConnectionIdleTimeout = idle,
            PooledConnectionLifetime = life,
            SslOptions = new SslClientAuthenticationOptions { TargetHost = host, RemoteCertificateValidationCallback = Check },
        };
        // Each call brings its own limit.
        Client = new HttpClient(_handler, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public HttpClient Client { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Client.Dispose();
        _handler.Dispose();
        foreach (X509Certificate2 authority in _authorities)
        {
            authority.Dispose();
        }
    }

    private bool Check(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null)
        {
            throw new UntrustedException("tls: the server sent no certificate");
        }

        using X509Certificate2 own = new(certificate);
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            throw new UntrustedException($"tls: failed to verify certificate: x509: certificate is not valid for {_host}");
        }

        if (_authorities.Count == 0)
        {
            return errors == SslPolicyErrors.None ? true : throw new UntrustedException("tls: failed to verify certificate: x509: certificate signed by unknown authority");
        }

        using X509Chain trusted = new();
        trusted.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        trusted.ChainPolicy.CustomTrustStore.AddRange(_authorities);
        trusted.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        if (chain is not null)
        {
            trusted.ChainPolicy.ExtraStore.AddRange(chain.ChainElements.Select(element => element.Certificate).ToArray());
        }

        if (trusted.Build(own))
        {
            return true;
        }

        bool expired = trusted.ChainStatus.Any(status => status.Status == X509ChainStatusFlags.NotTimeValid);
        throw new UntrustedException(expired
            ? "tls: failed to verify certificate: x509: certificate has expired or is not yet valid"
            : "tls: failed to verify certificate: x509: certificate signed by unknown authority");
    }

    /// <summary>Why a certificate was refused, in the words of Go's TLS library.</summary>
    internal sealed class UntrustedException(string message) : Exception(message);
}
