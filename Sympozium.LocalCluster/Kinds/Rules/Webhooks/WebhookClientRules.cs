using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules.Webhooks;

/// <summary>Where a webhook is: an https address or a service, and certificates that can be read.</summary>
internal static class WebhookClientRules
{
    private const string Form = "desired format: https://host[/path]";

    public static void Validate(JsonObject client, string path, List<FieldProblem> problems)
    {
        bool hasUrl = client["url"] is not null;
        JsonObject? service = client.Map("service");
        if (hasUrl == service is not null)
        {
            problems.Required(path, "exactly one of url or service is required");
        }

        if (hasUrl)
        {
            foreach (string detail in Address(client.Text("url")))
            {
                problems.Invalid($"{path}.url", client["url"], detail);
            }
        }

        if (service is not null)
        {
            Service(service, $"{path}.service", problems);
        }

        if (client.Text("caBundle") is { Length: > 0 } bundle && !IsBundle(bundle))
        {
            problems.Add(new FieldProblem(
                $"{path}.caBundle", ProblemReasons.Invalid, $"Invalid value: {GoJson.Quote(bundle)}: unable to load root certificates: no PEM certificates in it"));
        }
    }

    /// <summary>The certificates of a <c>caBundle</c>; the caller disposes of them.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">It holds something else.</exception>
    public static X509Certificate2Collection ReadBundle(string base64)
    {
        X509Certificate2Collection certificates = [];
        certificates.ImportFromPem(Encoding.UTF8.GetString(Convert.FromBase64String(base64)));
        return certificates;
    }

    private static bool IsBundle(string base64)
    {
        try
        {
            X509Certificate2Collection certificates = ReadBundle(base64);
            bool any = certificates.Count > 0;
            foreach (X509Certificate2 certificate in certificates)
            {
                certificate.Dispose();
            }

            return any;
        }
        catch (Exception exception) when (exception is System.Security.Cryptography.CryptographicException or FormatException)
        {
            return false;
        }
    }

    private static IEnumerable<string> Address(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? url))
        {
            yield return $"url must be a valid URL: parse {GoJson.Quote(text)}: invalid URI for request; {Form}";
            yield break;
        }

        if (url.Scheme != Uri.UriSchemeHttps)
        {
            yield return $"'https' is the only allowed URL scheme; {Form}";
        }

        if (url.Host.Length == 0)
        {
            yield return $"host must be specified; {Form}";
        }

        if (url.UserInfo.Length > 0)
        {
            yield return $"user information is not permitted in the URL; {Form}";
        }

        if (url.Fragment.Length > 0)
        {
            yield return $"fragments are not permitted in the URL; {Form}";
        }

        if (url.Query.Length > 0)
        {
            yield return $"query parameters are not permitted in the URL; {Form}";
        }
    }

    private static void Service(JsonObject service, string path, List<FieldProblem> problems)
    {
        if (service.Text("name").Length == 0)
        {
            problems.Required($"{path}.name", "service name is required");
        }

        if (service.Text("namespace").Length == 0)
        {
            problems.Required($"{path}.namespace", "service namespace is required");
        }

        if (service.Integer("port") is < 1 or > 65_535)
        {
            problems.Invalid($"{path}.port", service["port"], "port is not valid: must be between 1 and 65535, inclusive");
        }

        if (service["path"] is not null && !service.Text("path").StartsWith('/'))
        {
            problems.Invalid($"{path}.path", service["path"], "must start with a '/'");
        }
    }
}
