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
        (string clusterFile, JsonObject clusterEntry) = Find("clusters", "cluster", Text(contextEntry["cluster"]));
        string userName = Text(contextEntry["user"]);
        (string userFile, JsonObject userEntry) = userName.Length == 0 ? (clusterFile, []) : Find("users", "user", userName);
        var cluster = new KubeconfigCluster(clusterFile, Text(contextEntry["cluster"]), clusterEntry);
        var user = new KubeconfigUser(userFile, userName, userEntry);
        return new ClusterConnection
        {
            Server = cluster.Server(),
            Trust = cluster.Trust(time),
            SkipTlsVerify = cluster.SkipTlsVerify,
            TlsServerName = cluster.TlsServerName,
            Proxy = cluster.Proxy(),
            DisableCompression = cluster.DisableCompression,
            Credentials = user.Credentials(cluster, time),
            Impersonation = user.Impersonation(),
            Namespace = KubeconfigValues.Optional(contextEntry["namespace"]) ?? ClusterConnection.DefaultNamespace,
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

    private static string Text(JsonNode? node) => KubeconfigValues.Text(node);
}
