using System.Security.Cryptography.X509Certificates;
using Sympozium.Gateway.Admission;

namespace Sympozium.Gateway.Tests.Admission;

public sealed class WebhookAuthorityTests
{
    private static readonly string[] Names = ["sympozium-webhook.sympozium-system.svc", "localhost"];
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Certificates_OverTwentyYears_AreAlwaysTrustedEvenByLateClients()
    {
        WebhookKeys keys = WebhookAuthority.Renew(null, Names, Start);
        string known = keys.Authorities;
        int authorities = 1;
        int certificates = 1;
        TimeSpan step = TimeSpan.FromHours(12);
        for (DateTimeOffset now = Start; now < Start.AddYears(20); now += step)
        {
            WebhookKeys next = WebhookAuthority.Renew(keys, Names, now);

            // A client that learns the authorities half a day late meets the certificate of now.
            AssertTrusted(next, known, now);
            authorities += next.AuthorityKey != keys.AuthorityKey ? 1 : 0;
            certificates += next.Certificate != keys.Certificate ? 1 : 0;

            // Half days around a change of authorities, which is when the hours matter.
            step = next.Authorities != keys.Authorities || next.Authorities.IndexOf("BEGIN", 40, StringComparison.Ordinal) > 0 ? TimeSpan.FromHours(12) : TimeSpan.FromDays(4);
            known = keys.Authorities;
            keys = next;
        }

        Assert.Equal(3, authorities);
        Assert.InRange(certificates, 110, 125);
        X509Certificate2Collection left = [];
        left.ImportFromPem(keys.Authorities);
        Assert.Single(left);
    }

    [Fact]
    public void Certificate_WithoutAName_IsMadeAnew()
    {
        WebhookKeys keys = WebhookAuthority.Renew(null, Names, Start);
        WebhookKeys renamed = WebhookAuthority.Renew(keys, ["elsewhere.svc"], Start);
        using X509Certificate2 certificate = X509Certificate2.CreateFromPem(renamed.Certificate);

        Assert.True(certificate.MatchesHostname("elsewhere.svc"));
        Assert.Equal(keys.Authorities, renamed.Authorities);
        Assert.Same(renamed, WebhookAuthority.Renew(renamed, ["elsewhere.svc"], Start));
    }

    [Theory]
    [InlineData("", "x", "x", "x")]
    [InlineData("x", "", "x", "x")]
    [InlineData("x", "x", "nonsense", "x")]
    [InlineData("x", "x", "x", "nonsense")]
    public void Keys_ThatCannotBeUsed_AreMadeAnew(string authorities, string authorityKey, string certificate, string key)
    {
        WebhookKeys good = WebhookAuthority.Renew(null, Names, Start);
        WebhookKeys bad = new(
            authorities == "x" ? good.Authorities : authorities, authorityKey == "x" ? good.AuthorityKey : authorityKey,
            certificate == "x" ? good.Certificate : certificate, key == "x" ? good.Key : key);
        WebhookKeys made = WebhookAuthority.Renew(bad, Names, Start);

        Assert.NotEqual(good.Authorities, made.Authorities);
        AssertTrusted(made, made.Authorities, Start);
    }

    private static void AssertTrusted(WebhookKeys keys, string authorities, DateTimeOffset now)
    {
        using X509Certificate2 certificate = X509Certificate2.CreateFromPem(keys.Certificate, keys.Key);
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        chain.ChainPolicy.CustomTrustStore.ImportFromPem(authorities);
        Assert.True(chain.Build(certificate), $"{now:u}: {string.Join(", ", chain.ChainStatus.Select(status => status.StatusInformation))}");
        Assert.True(certificate.MatchesHostname(Names[0]));
    }
}
