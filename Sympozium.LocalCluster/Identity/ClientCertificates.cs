using System.Security.Cryptography.X509Certificates;

namespace Sympozium.LocalCluster.Identity;

/// <summary>
/// Users by certificates that the cluster's own authority signed for client use: the common name is the user, the organizations are
/// the groups (https://kubernetes.io/docs/reference/access-authn-authz/authentication/#x509-client-certificates).
/// </summary>
internal sealed class ClientCertificates(X509Certificate2 authority, TimeProvider time)
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private const string CommonName = "2.5.4.3";
    private const string Organization = "2.5.4.10";

    /// <summary>Null when the certificate is not one of ours, is out of its time or is not for clients.</summary>
    public UserInfo? Identify(X509Certificate2 certificate)
    {
        using X509Chain chain = new();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = time.GetUtcNow().UtcDateTime;
        chain.ChainPolicy.ApplicationPolicy.Add(new System.Security.Cryptography.Oid(ClientAuthentication));
        if (!chain.Build(certificate))
        {
            return null;
        }

        string name = "";
        List<string> groups = [];
        foreach (X500RelativeDistinguishedName part in certificate.SubjectName.EnumerateRelativeDistinguishedNames(reversed: false))
        {
            if (part.HasMultipleElements)
            {
                continue;
            }

            if (part.GetSingleElementType().Value == CommonName)
            {
                name = part.GetSingleElementValue() ?? "";
            }
            else if (part.GetSingleElementType().Value == Organization && part.GetSingleElementValue() is { Length: > 0 } group)
            {
                groups.Add(group);
            }
        }

        return name.Length == 0 ? null : new UserInfo(name, [.. groups, UserInfo.Authenticated]);
    }
}
