using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Sympozium.Testing;

namespace Sympozium.Conformance.Tests.Cluster;

/// <summary>The cluster behind a kubeconfig, for requests that are sent exactly as a case writes them.</summary>
internal sealed class ClusterAccess : IDisposable
{
    private readonly JsonObject _cluster;
    private readonly JsonObject _user;
    private readonly HttpClient _own;
    private readonly HttpClient _anonymous;

    private ClusterAccess(JsonObject configuration)
    {
        _cluster = configuration["clusters"]![0]!["cluster"]!.AsObject();
        _user = configuration["users"]?[0]?["user"] as JsonObject ?? [];
        Server = new Uri((string)_cluster["server"]!);
        _own = Client(certificate: true);
        _anonymous = Client(certificate: false);
    }

    public Uri Server { get; }

    public static async Task<ClusterAccess> OpenAsync(string kubeconfig)
    {
        KubectlResult view = await new Kubectl(kubeconfig).RunAsync("config", "view", "--raw", "--minify", "--flatten", "-o", "json");
        return new ClusterAccess(JsonNode.Parse(view.Success)!.AsObject());
    }

    /// <summary>Sends a request; the answer's body is not read yet.</summary>
    public async Task<HttpResponseMessage> SendAsync(ApiRequest request, CancellationToken cancellationToken)
    {
        // Some cases ask for paths that a URI parser would tidy up.
        Uri address = new(
            Server.GetLeftPart(UriPartial.Path).TrimEnd('/') + request.Path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using HttpRequestMessage message = new(new HttpMethod(request.Method), address);
        Dictionary<string, string?> headers = new(StringComparer.OrdinalIgnoreCase)
        {
            ["Accept"] = "application/json",
            ["Accept-Encoding"] = "identity",
            ["User-Agent"] = "kit/1",
            ["Content-Type"] = request.Body is null ? null : "application/json",
        };
        foreach ((string name, string? value) in request.Headers)
        {
            headers[name] = value;
        }

        if (Bearer(request.Token) is { Length: > 0 } bearer)
        {
            headers["Authorization"] = "Bearer " + bearer;
        }

        message.Content = request.Body is null ? null : new ByteArrayContent(request.Body);
        foreach ((string name, string? value) in headers.Where(h => h.Value is not null))
        {
            HttpHeaders target = name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase) ? (message.Content ??= new ByteArrayContent([])).Headers : message.Headers;
            target.TryAddWithoutValidation(name, value);
        }

        return await (request.Token is null ? _own : _anonymous).SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    /// <summary>Sends a request and reads the whole answer.</summary>
    public async Task<ApiAnswer> AskAsync(ApiRequest request, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await SendAsync(request, cancellationToken);
        return new ApiAnswer((int)response.StatusCode, ApiAnswer.HeadersOf(response), await response.Content.ReadAsByteArrayAsync(cancellationToken));
    }

    /// <summary>Writes a kubeconfig for a namespace with the own user or with a token; an empty one is nobody.</summary>
    public void WriteKubeconfig(string path, string ns, string? token)
    {
        JsonObject user = token is null ? (JsonObject)_user.DeepClone() : token.Length > 0 ? new JsonObject { ["token"] = token } : [];
        JsonObject configuration = new()
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Config",
            ["current-context"] = "kit",
            ["clusters"] = new JsonArray(new JsonObject { ["name"] = "kit", ["cluster"] = _cluster.DeepClone() }),
            ["users"] = new JsonArray(new JsonObject { ["name"] = "kit", ["user"] = user }),
            ["contexts"] = new JsonArray(new JsonObject
            {
                ["name"] = "kit",
                ["context"] = new JsonObject { ["cluster"] = "kit", ["user"] = "kit", ["namespace"] = ns },
            }),
        };
        File.WriteAllText(path, configuration.ToJsonString());
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _own.Dispose();
        _anonymous.Dispose();
    }

    private string? Bearer(string? token) => token ?? (string?)_user["token"];

    private HttpClient Client(bool certificate)
    {
        SslClientAuthenticationOptions tls = new();
        if (_cluster["certificate-authority-data"] is { } authority)
        {
            tls.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            tls.CertificateChainPolicy.CustomTrustStore.ImportFromPem(Pem(authority));
        }

        if ((bool?)_cluster["insecure-skip-tls-verify"] ?? false)
        {
            tls.RemoteCertificateValidationCallback = (_, _, _, _) => true;
        }

        if (certificate && _user["client-certificate-data"] is { } own)
        {
            tls.ClientCertificates = [X509Certificate2.CreateFromPem(Pem(own), Pem(_user["client-key-data"]!))];
        }

        SocketsHttpHandler handler = new() { AllowAutoRedirect = false, UseCookies = false, UseProxy = false, SslOptions = tls };
        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    private static string Pem(JsonNode data) => Encoding.UTF8.GetString(Convert.FromBase64String(Convert.ToString((string?)data, CultureInfo.InvariantCulture)!));
}
