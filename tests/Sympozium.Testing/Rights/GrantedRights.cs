using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Manifests;

namespace Sympozium.Testing.Rights;

/// <summary>What the roles of manifests grant, in the words of <see cref="RecordingProxy"/>.</summary>
public static class GrantedRights
{
    /// <summary>The rules of all roles of files below <c>k8s</c>, one right each; those for the system namespace too.</summary>
    public static HashSet<string> Of(params string[] files) => Of(files.SelectMany(file =>
        YamlReader.ReadAll(File.ReadAllText(Path.Combine(RepositoryRoot.Path, "k8s", file)), file).Select(document => document.Root!)));

    /// <summary>The rules of all roles among objects.</summary>
    public static HashSet<string> Of(IEnumerable<JsonNode> objects) =>
    [
        .. objects
            .Where(role => (string)role["kind"]! is "ClusterRole" or "Role")
            .SelectMany(role => role["rules"]!.AsArray())
            .SelectMany(rule => from verb in rule!["verbs"]!.AsArray()
                                from apiGroup in rule["apiGroups"]!.AsArray()
                                from resource in rule["resources"]!.AsArray()
                                select $"{verb} {apiGroup}/{resource}"),
    ];
}
