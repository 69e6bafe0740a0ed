using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Client.Tls;
using static Sympozium.Kubernetes.Client.KubeconfigValues;

namespace Sympozium.Kubernetes.Client;

/// <summary>One entry of a kubeconfig's <c>clusters</c>.</summary>
internal sealed class KubeconfigCluster(string file, string name, JsonObject entry)
{
    /// <summary>Name of the extension whose content credential plugins are given.</summary>
    private const string ExecExtension = "client.authentication.k8s.io/exec";

    public bool SkipTlsVerify => Flag(entry["insecure-skip-tls-verify"]);

    public string? TlsServerName => Optional(entry["tls-server-name"]);

    public bool DisableCompression => Flag(entry["disable-compression"]);

    public Uri Server()
    {
        string server = Text(entry["server"]);
        return Uri.TryCreate(server, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https"
            ? address!
            : throw new KubeconfigException($"{file}: cluster '{name}' has server '{server}'; expected a URL such as https://host:6443");
    }

    public Uri? Proxy()
    {
        if (Optional(entry["proxy-url"]) is not { } proxy)
        {
            return null;
        }

        return Uri.TryCreate(proxy, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https" or "socks5"
            ? address!
            : throw new KubeconfigException($"{file}: cluster '{name}' has proxy-url '{proxy}'; expected http://, https:// or socks5:// with host and port");
    }

    /// <summary>Inline data wins over a file, as in kubectl; a file is read again while the client lives.</summary>
    public ITrustSource? Trust(TimeProvider time)
    {
        string? inline = Data(file, entry, "certificate-authority");
        string? path = inline is null ? ReadableFile(file, entry, "certificate-authority") : null;
        if (inline is null && path is null)
        {
            return null;
        }

        if (SkipTlsVerify)
        {
            throw new KubeconfigException($"{file}: cluster '{name}' has both a certificate authority and insecure-skip-tls-verify; remove one of them");
        }

        try
        {
            if (inline is not null)
            {
                return new FixedTrust(FileTrust.Parse(inline));
            }

            var trust = new FileTrust(path!, time);
            _ = trust.Authorities;
            return trust;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            throw new KubeconfigException($"{file}: certificate-authority of cluster '{name}' is not a PEM certificate: {e.Message}", e);
        }
    }

    /// <summary>The cluster as a credential plugin is told it (<c>spec.cluster</c> of an ExecCredential).</summary>
    public JsonObject ForPlugins()
    {
        var cluster = new JsonObject { ["server"] = Text(entry["server"]) };
        foreach (string field in (ReadOnlySpan<string>)["tls-server-name", "insecure-skip-tls-verify", "proxy-url", "disable-compression"])
        {
            if (entry[field] is { } value)
            {
                cluster[field] = value.DeepClone();
            }
        }

        string? authorities = Data(file, entry, "certificate-authority") ?? (ReadableFile(file, entry, "certificate-authority") is { } path ? File.ReadAllText(path) : null);
        if (authorities is not null)
        {
            cluster["certificate-authority-data"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(authorities));
        }

        JsonNode? config = (entry["extensions"] as JsonArray)?.OfType<JsonObject>().FirstOrDefault(extension => Text(extension["name"]) == ExecExtension)?["extension"];
        if (config is not null)
        {
            cluster["config"] = config.DeepClone();
        }

        return cluster;
    }
}
