using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Manifests;

namespace Sympozium.Kubernetes.Client;

/// <summary>
/// One or several kubeconfig files read together, as kubectl does: the first file that names a context, cluster or user wins, relative
/// paths are relative to their own file.
/// </summary>
public sealed class Kubeconfig
{
    private readonly List<(string File, JsonObject Content)> _files;

    private Kubeconfig(List<(string File, JsonObject Content)> files) => _files = files;

    /// <summary>Context that the files select; empty when none is selected.</summary>
    public string CurrentContext => _files.Select(f => Text(f.Content["current-context"])).FirstOrDefault(c => c.Length > 0) ?? "";

    /// <summary>Files that a person would expect: those of <c>KUBECONFIG</c>, else <c>~/.kube/config</c>. Only existing ones.</summary>
    public static IReadOnlyList<string> DefaultFiles()
    {
        string? variable = Environment.GetEnvironmentVariable("KUBECONFIG");
        IEnumerable<string> candidates = string.IsNullOrEmpty(variable)
            ? [Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".kube", "config")]
            : variable.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return [.. candidates.Where(File.Exists)];
    }

    /// <summary>Reads kubeconfig files.</summary>
    /// <exception cref="KubeconfigException">A file is missing, unreadable or not a kubeconfig.</exception>
    public static Kubeconfig Load(params IReadOnlyList<string> files)
    {
        if (files.Count == 0)
        {
            throw new KubeconfigException("there is no kubeconfig: set KUBECONFIG, create ~/.kube/config or name a file with --kubeconfig");
        }
        return new Kubeconfig([.. files.Select(f => (Path.GetFullPath(f), ReadFile(f)))]);
    }

    /// <summary>What a context (null: the current one) connects to.</summary>
    /// <exception cref="KubeconfigException">Something that the context needs is missing or cannot be used.</exception>
    public ClusterConnection Connect(string? context, TimeProvider time)
    {
        string contextName = context ?? CurrentContext;
        if (contextName.Length == 0)
        {
            throw new KubeconfigException($"{Files()} select no context: set current-context or name one of {Names("contexts")}");
        }
        (_, JsonObject contextEntry) = Find("contexts", "context", contextName);
        (string clusterFile, JsonObject cluster) = Find("clusters", "cluster", Text(contextEntry["cluster"]));
        string userName = Text(contextEntry["user"]);
        (string userFile, JsonObject user) = userName.Length == 0 ? (clusterFile, []) : Find("users", "user", userName);
        string server = Text(cluster["server"]);
        if (!Uri.TryCreate(server, UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https"))
        {
            throw new KubeconfigException($"{clusterFile}: cluster '{Text(contextEntry["cluster"])}' has server '{server}'; expected a URL such as https://host:6443");
        }
        RefuseWhatIsNotSupported(userFile, userName, user);
        return new ClusterConnection
        {
            Server = address,
            CertificateAuthorities = Authorities(clusterFile, cluster),
            SkipTlsVerify = Flag(cluster["insecure-skip-tls-verify"]),
            TlsServerName = Optional(cluster["tls-server-name"]),
            Proxy = Optional(cluster["proxy-url"]) is { } proxy ? new Uri(proxy) : null,
            ClientCertificate = ClientCertificate(userFile, userName, user),
            Token = TokenOf(userFile, user, time),
            BasicCredentials = Optional(user["username"]) is { } name ? $"{name}:{Text(user["password"])}" : null,
            Namespace = Optional(contextEntry["namespace"]) ?? ClusterConnection.DefaultNamespace,
            Description = $"context '{contextName}' of {clusterFile}",
        };
    }

    private static JsonObject ReadFile(string file)
    {
        try
        {
            return YamlReader.ReadSingle(File.ReadAllText(file), file) as JsonObject
                ?? throw new KubeconfigException($"{file} is not a kubeconfig: expected a mapping with clusters, contexts and users");
        }
        catch (ManifestException e)
        {
            throw new KubeconfigException($"the kubeconfig cannot be read: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KubeconfigException($"the kubeconfig {file} cannot be read: {e.Message}", e);
        }
    }

    private (string File, JsonObject Entry) Find(string list, string member, string name)
    {
        foreach ((string file, JsonObject content) in _files)
        {
            JsonObject? found = Entries(content, list).FirstOrDefault(e => Text(e["name"]) == name);
            if (found is not null)
            {
                return (file, found[member] as JsonObject ?? []);
            }
        }
        throw new KubeconfigException($"{Files()} have no {member} '{name}'; there are {Names(list)}");
    }

    private string Files() => string.Join(", ", _files.Select(f => f.File));

    private string Names(string list)
    {
        string[] names = [.. _files.SelectMany(f => Entries(f.Content, list)).Select(e => $"'{Text(e["name"])}'").Distinct()];
        return names.Length == 0 ? $"no {list}" : string.Join(", ", names);
    }

    private static IEnumerable<JsonObject> Entries(JsonObject content, string list) => (content[list] as JsonArray)?.OfType<JsonObject>() ?? [];

    private static void RefuseWhatIsNotSupported(string file, string name, JsonObject user)
    {
        foreach (string member in (ReadOnlySpan<string>)["exec", "auth-provider"])
        {
            if (user.ContainsKey(member))
            {
                throw new KubeconfigException(
                    $"{file}: user '{name}' gets its credentials from '{member}', which is not supported; use a token, a tokenFile or a client certificate");
            }
        }
    }

    private static X509Certificate2Collection? Authorities(string file, JsonObject cluster)
    {
        if (Material(file, cluster, "certificate-authority") is not { } pem)
        {
            return null;
        }
        try
        {
            X509Certificate2Collection certificates = [];
            certificates.ImportFromPem(pem);
            return certificates.Count > 0 ? certificates : throw new KubeconfigException($"{file}: certificate-authority holds no certificate");
        }
        catch (CryptographicException e)
        {
            throw new KubeconfigException($"{file}: certificate-authority is not a PEM certificate: {e.Message}", e);
        }
    }

    private static X509Certificate2? ClientCertificate(string file, string name, JsonObject user)
    {
        string? certificate = Material(file, user, "client-certificate");
        string? key = Material(file, user, "client-key");
        if (certificate is null && key is null)
        {
            return null;
        }
        if (certificate is null || key is null)
        {
            throw new KubeconfigException($"{file}: user '{name}' needs both client-certificate and client-key");
        }
        try
        {
            return X509Certificate2.CreateFromPem(certificate, key);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new KubeconfigException($"{file}: the client certificate and key of user '{name}' cannot be used: {e.Message}", e);
        }
    }

    // Inline data (base64) wins over a file, as in kubectl.
    private static string? Material(string file, JsonObject entry, string name)
    {
        if (Optional(entry[$"{name}-data"]) is { } data)
        {
            try
            {
                return Encoding.UTF8.GetString(Convert.FromBase64String(data));
            }
            catch (FormatException e)
            {
                throw new KubeconfigException($"{file}: {name}-data is not base64", e);
            }
        }
        if (Optional(entry[name]) is not { } path)
        {
            return null;
        }
        string absolute = Absolute(file, path);
        try
        {
            return File.ReadAllText(absolute);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KubeconfigException($"{file}: {name} '{absolute}' cannot be read: {e.Message}", e);
        }
    }

    private static ITokenSource? TokenOf(string file, JsonObject user, TimeProvider time)
    {
        if (Optional(user["tokenFile"]) is { } path)
        {
            return new FileToken(Absolute(file, path), time);
        }
        return Optional(user["token"]) is { } token ? new FixedToken(token) : null;
    }

    private static string Absolute(string file, string path) => Path.GetFullPath(path, Path.GetDirectoryName(file)!);

    private static string? Optional(JsonNode? node) => Text(node) is { Length: > 0 } text ? text : null;

    private static bool Flag(JsonNode? node) => node is JsonValue value && value.TryGetValue(out bool flag) && flag;

    private static string Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : "";
}
