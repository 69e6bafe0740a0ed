using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Client;
using Sympozium.Kubernetes.Client.Credentials;

namespace Sympozium.Benchmarks.Cluster;

/// <summary>
/// One API server under measurement and a plain HTTP/2 client for it: bodies go out as prepared bytes and answers are read but not
/// parsed, so that on a shared machine the client takes as little of the processors as possible, whichever server it is.
/// </summary>
internal sealed class ClusterTarget : IDisposable
{
    // As the client library of Kubernetes has it.
    private const int WindowBytes = 4 << 20;

    private readonly HttpClient _http;

    private ClusterTarget(ClusterConnection connection, ClusterCredential credential)
    {
        SslClientAuthenticationOptions ssl = new();
        if (connection.Trust?.Authorities is { } authorities)
        {
            ssl.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            ssl.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
        }

        if (credential.Certificate is { } certificate)
        {
            ssl.ClientCertificateContext = certificate.Context;
        }

        SocketsHttpHandler handler = new() { SslOptions = ssl, EnableMultipleHttp2Connections = true, UseProxy = false, InitialHttp2StreamWindowSize = WindowBytes };
        _http = new HttpClient(handler)
        {
            BaseAddress = connection.Server,
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrHigher,
            Timeout = TimeSpan.FromMinutes(2),
        };
        if (credential.Token is { } token)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
    }

    /// <summary>Namespace that everything is measured in.</summary>
    public string Namespace { get; } = $"bench-{Guid.NewGuid().ToString("N")[..8]}";

    public static async Task<ClusterTarget> ConnectAsync(string kubeconfig)
    {
        ClusterConnection connection = Kubeconfig.Load(kubeconfig).Connect(null, TimeProvider.System);
        ClusterTarget target = new(connection, await connection.Credentials.GetAsync(CancellationToken.None));
        await target.PostAsync("/api/v1/namespaces", JsonBytes(new JsonObject { ["metadata"] = new JsonObject { ["name"] = target.Namespace } }));
        return target;
    }

    /// <summary>Creates something and waits for the answer; throws when it is not "created".</summary>
    public async Task PostAsync(string path, byte[] body)
    {
        using ByteArrayContent content = new(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using HttpResponseMessage response = await _http.PostAsync(path, content);
        response.EnsureSuccessStatusCode();
        await response.Content.CopyToAsync(Stream.Null);
    }

    /// <summary>Reads an answer to its end; its length.</summary>
    public async Task<long> GetAsync(string path)
    {
        using HttpResponseMessage response = await _http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        await using Stream body = await response.Content.ReadAsStreamAsync();
        byte[] buffer = new byte[64 * 1024];
        long length = 0;
        int read;
        while ((read = await body.ReadAsync(buffer)) > 0)
        {
            length += read;
        }

        return length;
    }

    public async Task<JsonNode> GetJsonAsync(string path) => JsonNode.Parse(await _http.GetStringAsync(path))!;

    public Task<Stream> OpenAsync(string path, CancellationToken cancellationToken) => _http.GetStreamAsync(path, cancellationToken);

    public async Task DeleteNamespaceAsync()
    {
        using HttpResponseMessage response = await _http.DeleteAsync($"/api/v1/namespaces/{Namespace}");
        response.EnsureSuccessStatusCode();
    }

    public void Dispose() => _http.Dispose();

    private static byte[] JsonBytes(JsonObject json) => System.Text.Encoding.UTF8.GetBytes(json.ToJsonString());
}
