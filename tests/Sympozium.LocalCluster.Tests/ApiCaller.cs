using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Hosting;
using Sympozium.Testing;

namespace Sympozium.LocalCluster.Tests;

/// <summary>An answer of the API.</summary>
internal sealed record ApiAnswer(int Code, string ContentType, string Text)
{
    public JsonNode Json => JsonNode.Parse(Text)!;

    public string Message => Json["message"]?.ToString() ?? "";
}

/// <summary>Asks a cluster over HTTPS, as the administrator or as somebody else.</summary>
internal sealed class ApiCaller : IDisposable
{
    private readonly HttpClient _http;
    private readonly string _administrator;

    public ApiCaller(LocalClusterHost cluster, X509Certificate2? certificate = null)
        : this(cluster.Url, Path.GetDirectoryName(cluster.TokenPath)!, certificate)
    {
    }

    /// <param name="url">Address of the API.</param>
    /// <param name="pki">Folder of the authority's certificate and the administrator's token.</param>
    /// <param name="certificate">Sent to the server when it asks for one.</param>
    public ApiCaller(string url, string pki, X509Certificate2? certificate = null)
    {
        SslClientAuthenticationOptions ssl = new()
        {
            CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { X509CertificateLoader.LoadCertificateFromFile(Path.Combine(pki, "ca.crt")) },
                RevocationMode = X509RevocationMode.NoCheck,
            },
        };
        if (certificate is not null)
        {
            ssl.ClientCertificateContext = SslStreamCertificateContext.Create(certificate, null, offline: true);
        }

        _http = new HttpClient(new SocketsHttpHandler { SslOptions = ssl }) { BaseAddress = new Uri(url), Timeout = TestTimeouts.InProcess };
        _administrator = File.ReadAllText(Path.Combine(pki, "token")).Trim();
    }

    /// <param name="method">HTTP method.</param>
    /// <param name="path">Path and query.</param>
    /// <param name="body">JSON.</param>
    /// <param name="token">Null for the administrator's, empty for none.</param>
    /// <param name="headers">More headers, <c>Name: value</c>.</param>
    public async Task<ApiAnswer> CallAsync(string method, string path, string? body = null, string? token = null, params string[] headers)
    {
        using HttpRequestMessage request = new(new HttpMethod(method), path);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, method == "PATCH" ? "application/merge-patch+json" : "application/json");
        }

        if (token != "")
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token ?? _administrator);
        }

        foreach (string header in headers)
        {
            string[] parts = header.Split(": ", 2);
            request.Headers.TryAddWithoutValidation(parts[0], parts[1]);
        }

        using HttpResponseMessage response = await _http.SendAsync(request);
        return new ApiAnswer((int)response.StatusCode, response.Content.Headers.ContentType?.ToString() ?? "", await response.Content.ReadAsStringAsync());
    }

    /// <summary>Sends bytes of any media type as the administrator.</summary>
    public async Task<ApiAnswer> SendAsync(string method, string path, byte[] body, string mediaType)
    {
        using HttpRequestMessage request = new(new HttpMethod(method), path) { Content = new ByteArrayContent(body) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", mediaType);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _administrator);
        using HttpResponseMessage response = await _http.SendAsync(request);
        return new ApiAnswer((int)response.StatusCode, response.Content.Headers.ContentType?.ToString() ?? "", await response.Content.ReadAsStringAsync());
    }

    /// <summary>The administrator's view of a stream, line by line as it comes.</summary>
    public async Task<Stream> OpenAsync(string path, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _administrator);
        HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsStreamAsync(cancellationToken);
    }

    /// <summary>A token of a ServiceAccount, which is made when it is missing.</summary>
    public async Task<string> TokenAsync(string ns, string account)
    {
        await CallAsync("POST", $"/api/v1/namespaces/{ns}/serviceaccounts", $$$"""{"metadata":{"name":"{{{account}}}"}}""");
        ApiAnswer answer = await CallAsync("POST", $"/api/v1/namespaces/{ns}/serviceaccounts/{account}/token", "{}");
        Assert.Equal(201, answer.Code);
        return answer.Json["status"]!["token"]!.GetValue<string>();
    }

    /// <summary>A Role of one rule, bound to a ServiceAccount.</summary>
    public async Task GrantAsync(string ns, string account, string name, string rules)
    {
        const string Rbac = "/apis/rbac.authorization.k8s.io/v1";
        ApiAnswer role = await CallAsync("POST", $"{Rbac}/namespaces/{ns}/roles", $$$"""{"metadata":{"name":"{{{name}}}"},"rules":{{{rules}}}}""");
        Assert.Equal(201, role.Code);
        await BindAsync(ns, account, name, "Role", name);
    }

    public async Task BindAsync(string ns, string account, string name, string kind, string role)
    {
        ApiAnswer binding = await CallAsync(
            "POST", $"/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/rolebindings",
            $$$"""{"metadata":{"name":"{{{name}}}"},"roleRef":{"kind":"{{{kind}}}","name":"{{{role}}}","apiGroup":"rbac.authorization.k8s.io"},"subjects":[{"kind":"ServiceAccount","name":"{{{account}}}","namespace":"{{{ns}}}"}]}""");
        Assert.Equal(201, binding.Code);
    }

    public void Dispose() => _http.Dispose();
}
