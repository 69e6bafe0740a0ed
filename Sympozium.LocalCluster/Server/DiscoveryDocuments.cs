using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Objects;

namespace Sympozium.LocalCluster.Server;

/// <summary>What <c>/api</c> and <c>/apis</c> say of the served kinds, in the old form and in the aggregated one.</summary>
internal sealed class DiscoveryDocuments(KindTable table)
{
    // The order in which Kubernetes lists its own groups; kubectl resolves short names in it.
    private static readonly string[] GroupOrder =
    [
        "apps", "events.k8s.io", "authentication.k8s.io", "authorization.k8s.io", "autoscaling", "batch", "networking.k8s.io", "policy",
        "rbac.authorization.k8s.io", "storage.k8s.io", "admissionregistration.k8s.io", "apiextensions.k8s.io", "scheduling.k8s.io", "coordination.k8s.io",
    ];

    private static readonly string[] CoreVerbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
    private static readonly string[] NamespaceVerbs = ["create", "delete", "get", "list", "patch", "update", "watch"];
    private static readonly string[] CustomVerbs = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];
    private static readonly string[] SubresourceVerbs = ["get", "patch", "update"];

    private readonly List<ServedGroup> _groups = Groups(table);

    public static JsonObject Versions(string address) => new()
    {
        ["kind"] = "APIVersions",
        ["versions"] = new JsonArray("v1"),
        ["serverAddressByClientCIDRs"] = new JsonArray(new JsonObject { ["clientCIDR"] = "0.0.0.0/0", ["serverAddress"] = address }),
    };

    public JsonObject GroupList() => new()
    {
        ["kind"] = "APIGroupList",
        ["apiVersion"] = "v1",
        ["groups"] = new JsonArray([.. _groups.Where(group => group.Name.Length > 0).Select(Describe)]),
    };

    public JsonObject? Group(string name)
    {
        if (_groups.Find(group => group.Name == name) is not { } found)
        {
            return null;
        }

        JsonObject document = new() { ["kind"] = "APIGroup", ["apiVersion"] = "v1" };
        foreach ((string key, JsonNode? value) in Describe(found))
        {
            document[key] = value?.DeepClone();
        }

        return document;
    }

    public JsonObject? Resources(string group, string version)
    {
        if (_groups.Find(served => served.Name == group)?.Versions.Find(served => served.Name == version) is not { } found)
        {
            return null;
        }

        JsonObject document = new() { ["kind"] = "APIResourceList" };
        if (group.Length > 0)
        {
            document["apiVersion"] = "v1";
        }

        document["groupVersion"] = group.Length == 0 ? version : $"{group}/{version}";
        document["resources"] = new JsonArray([.. found.Resources.SelectMany(Rows)]);
        return document;
    }

    /// <summary>All resources of the core group, or of all others, in one document.</summary>
    public JsonObject Aggregated(bool isCore, string version) => new()
    {
        ["kind"] = "APIGroupDiscoveryList",
        ["apiVersion"] = $"apidiscovery.k8s.io/{version}",
        ["metadata"] = new JsonObject(),
        ["items"] = new JsonArray([.. _groups.Where(group => group.Name.Length == 0 == isCore).Select(AggregateGroup)]),
    };

    private static List<ServedGroup> Groups(KindTable table)
    {
        List<ServedResource> resources = [.. table.Kinds.Select(FromKind), .. ReviewKinds.All.Select(FromReview)];
        return
        [
            .. resources.GroupBy(resource => resource.Group).Select(group => new ServedGroup(
                    group.Key,
                    [
                        .. group.GroupBy(resource => resource.Version).Select(version => new ServedVersion(version.Key, [.. Ordered(version)]))
                            .OrderByDescending(version => VersionRank(version.Name)),
                    ]))
                .OrderBy(group => Rank(group.Name)).ThenBy(group => group.Name, StringComparer.Ordinal),
        ];
    }

    private static IEnumerable<ServedResource> Ordered(IEnumerable<ServedResource> resources) => resources.OrderBy(resource => resource.Plural, StringComparer.Ordinal);

    private static int Rank(string group)
    {
        int index = Array.IndexOf(GroupOrder, group);
        return group.Length == 0 ? -1 : index < 0 ? GroupOrder.Length : index;
    }

    /// <summary>v2 before v1 before v1beta2 before v1alpha1 before anything else.</summary>
    private static (int Stage, int Major, int Minor) VersionRank(string version)
    {
        string rest = version.StartsWith('v') ? version[1..] : "";
        int digits = rest.TakeWhile(char.IsAsciiDigit).Count();
        if (digits == 0)
        {
            return (-1, 0, 0);
        }

        int major = int.Parse(rest[..digits], CultureInfo.InvariantCulture);
        string suffix = rest[digits..];
        int stage = suffix switch
        {
            "" => 3,
            ['b', 'e', 't', 'a', ..] => 2,
            ['a', 'l', 'p', 'h', 'a', ..] => 1,
            _ => 0,
        };
        string number = new([.. suffix.Where(char.IsAsciiDigit)]);
        return (stage, major, number.Length is 0 or > 9 ? 0 : int.Parse(number, CultureInfo.InvariantCulture));
    }

    private static ServedResource FromKind(KindDefinition kind)
    {
        List<ServedSubresource> subresources = [];
        bool isPod = ObjectRemover.IsPod(kind);
        if (ObjectRemover.IsNamespace(kind))
        {
            subresources.Add(new ServedSubresource("finalize", kind.Type.Kind, ["update"]));
        }

        if (isPod)
        {
            subresources.Add(new ServedSubresource("attach", "PodAttachOptions", ["create", "get"]));
            subresources.Add(new ServedSubresource("binding", "Binding", ["create"]));
            subresources.Add(new ServedSubresource("exec", "PodExecOptions", ["create", "get"]));
            subresources.Add(new ServedSubresource("portforward", "PodPortForwardOptions", ["create", "get"]));
            subresources.Add(new ServedSubresource("ephemeralcontainers", kind.Type.Kind, SubresourceVerbs));
            subresources.Add(new ServedSubresource("eviction", "Eviction", ["create"], "policy", "v1"));
            subresources.Add(new ServedSubresource("log", kind.Type.Kind, ["get"]));
        }

        if (kind is { IsCustom: false, Type: { Group: "", Plural: "serviceaccounts" } })
        {
            subresources.Add(new ServedSubresource("token", "TokenRequest", ["create"], ReviewKinds.Authentication, "v1"));
        }

        if (kind.HasStatus)
        {
            subresources.Add(new ServedSubresource("status", kind.Type.Kind, SubresourceVerbs));
        }

        if (kind.Scale is not null)
        {
            subresources.Add(new ServedSubresource("scale", "Scale", SubresourceVerbs, "autoscaling", "v1"));
        }

        if (!kind.IsCustom)
        {
            subresources.Sort((left, right) => string.CompareOrdinal(left.Name, right.Name));
        }

        string[] verbs = kind.IsCustom ? CustomVerbs : ObjectRemover.IsNamespace(kind) ? NamespaceVerbs : CoreVerbs;
        return new ServedResource(
            kind.Type.Group, kind.Type.Version, kind.Type.Plural, kind.Singular, kind.Type.Kind, kind.Type.Namespaced, kind.ShortNames, kind.Categories, verbs,
            subresources, IsStored: true);
    }

    private static ServedResource FromReview(KindDefinition review) => new(
        review.Type.Group, "v1", review.Type.Plural, review.Singular, review.Type.Kind, review.Type.Namespaced, [], [], ["create"], [], IsStored: false);

    private static JsonObject Describe(ServedGroup group)
    {
        JsonArray versions = [.. group.Versions.Select(version => Version(group.Name, version.Name))];
        return new JsonObject { ["name"] = group.Name, ["versions"] = versions, ["preferredVersion"] = Version(group.Name, group.Versions[0].Name) };
    }

    private static JsonObject Version(string group, string version) => new() { ["groupVersion"] = $"{group}/{version}", ["version"] = version };

    private static IEnumerable<JsonNode> Rows(ServedResource resource)
    {
        JsonObject row = new()
        {
            ["name"] = resource.Plural,
            ["singularName"] = resource.Singular,
            ["namespaced"] = resource.Namespaced,
            ["kind"] = resource.Kind,
            ["verbs"] = Texts(resource.Verbs),
        };
        if (resource.ShortNames.Count > 0)
        {
            row["shortNames"] = Texts(resource.ShortNames);
        }

        if (resource.Categories.Count > 0)
        {
            row["categories"] = Texts(resource.Categories);
        }

        if (resource.IsStored)
        {
            row["storageVersionHash"] = Hash(resource);
        }

        yield return row;
        foreach (ServedSubresource subresource in resource.Subresources)
        {
            JsonObject under = new()
            {
                ["name"] = $"{resource.Plural}/{subresource.Name}",
                ["singularName"] = "",
                ["namespaced"] = resource.Namespaced,
            };
            if (subresource.Group is not null)
            {
                under["group"] = subresource.Group;
                under["version"] = subresource.Version;
            }

            under["kind"] = subresource.Kind;
            under["verbs"] = Texts(subresource.Verbs);
            yield return under;
        }
    }

    private static JsonObject AggregateGroup(ServedGroup group)
    {
        JsonObject metadata = new() { ["creationTimestamp"] = null };
        if (group.Name.Length > 0)
        {
            metadata["name"] = group.Name;
        }

        JsonArray versions = [];
        foreach (ServedVersion version in group.Versions)
        {
            versions.Add((JsonNode)new JsonObject
            {
                ["version"] = version.Name,
                ["resources"] = new JsonArray([.. version.Resources.Select(Aggregate)]),
                ["freshness"] = "Current",
            });
        }

        return new JsonObject { ["metadata"] = metadata, ["versions"] = versions };
    }

    private static JsonObject Aggregate(ServedResource resource)
    {
        JsonObject row = new()
        {
            ["resource"] = resource.Plural,
            ["responseKind"] = ResponseKind(resource, resource.Kind),
            ["scope"] = resource.Namespaced ? "Namespaced" : "Cluster",
            ["singularResource"] = resource.Singular,
            ["verbs"] = Texts(resource.Verbs),
        };
        if (resource.ShortNames.Count > 0)
        {
            row["shortNames"] = Texts(resource.ShortNames);
        }

        if (resource.Categories.Count > 0)
        {
            row["categories"] = Texts(resource.Categories);
        }

        if (resource.Subresources.Count > 0)
        {
            row["subresources"] = new JsonArray(
            [
                .. resource.Subresources.Select(subresource => new JsonObject
                {
                    ["subresource"] = subresource.Name,
                    ["responseKind"] = new JsonObject
                    {
                        ["group"] = subresource.Group ?? resource.Group, ["version"] = subresource.Version ?? resource.Version, ["kind"] = subresource.Kind,
                    },
                    ["verbs"] = Texts(subresource.Verbs),
                }),
            ]);
        }

        return row;
    }

    private static JsonObject ResponseKind(ServedResource resource, string kind) =>
        new() { ["group"] = resource.Group, ["version"] = resource.Version, ["kind"] = kind };

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);

    private static string Hash(ServedResource resource) =>
        Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes($"{resource.Group}/{resource.Version}/{resource.Kind}")).AsSpan(0, 8));

    private sealed record ServedGroup(string Name, List<ServedVersion> Versions);

    private sealed record ServedVersion(string Name, List<ServedResource> Resources);

    /// <param name="Name">Name of the subresource.</param>
    /// <param name="Kind">Kind of what is sent and answered.</param>
    /// <param name="Verbs">What can be done.</param>
    /// <param name="Group">Group of the kind, when it is not the resource's own.</param>
    /// <param name="Version">Its version.</param>
    private sealed record ServedSubresource(string Name, string Kind, IReadOnlyList<string> Verbs, string? Group = null, string? Version = null);

    private sealed record ServedResource(
        string Group, string Version, string Plural, string Singular, string Kind, bool Namespaced, IReadOnlyList<string> ShortNames,
        IReadOnlyList<string> Categories, IReadOnlyList<string> Verbs, IReadOnlyList<ServedSubresource> Subresources, bool IsStored);
}
