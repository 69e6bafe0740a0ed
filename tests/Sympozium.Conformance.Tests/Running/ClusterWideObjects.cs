using System.Text;
using System.Text.Json.Nodes;
using Sympozium.Conformance.Tests.Cluster;

namespace Sympozium.Conformance.Tests.Running;

/// <summary>What cases make beside their namespaces: found by the word that makes its names unique, and removed.</summary>
internal sealed class ClusterWideObjects(ClusterAccess cluster, TimeSpan limit)
{
    private static readonly string[] Paths =
    [
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
        "/apis/rbac.authorization.k8s.io/v1/clusterroles",
        "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
        "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
        "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
        "/api/v1/namespaces",
        "/api/v1/persistentvolumes",
    ];

    /// <summary>Removes what has a word in its name or group.</summary>
    public async Task RemoveAsync(string suffix, bool hasFinalizers)
    {
        foreach (string path in Paths)
        {
            foreach (JsonObject found in await ListAsync(path))
            {
                string name = (string)found["metadata"]!["name"]!;
                string group = (string?)found["spec"]?["group"] ?? "";
                if (!name.Contains(suffix, StringComparison.Ordinal) && !group.Contains(suffix, StringComparison.Ordinal))
                {
                    continue;
                }

                if (hasFinalizers && group.Length > 0)
                {
                    await StripAsync($"/apis/{group}/{found["spec"]!["versions"]![0]!["name"]}/{found["spec"]!["names"]!["plural"]}");
                }

                await AskAsync("DELETE", $"{path}/{name}");
            }
        }
    }

    /// <summary>Takes off the finalizers of all objects of a list.</summary>
    public async Task StripAsync(string path)
    {
        foreach (JsonObject found in (await ListAsync(path)).Where(o => o["metadata"]!["finalizers"] is not null))
        {
            JsonNode metadata = found["metadata"]!;
            string folder = path;
            if (!path.Contains("/namespaces/", StringComparison.Ordinal) && metadata["namespace"] is { } ns)
            {
                folder = path.Insert(path.LastIndexOf('/'), $"/namespaces/{ns}");
            }

            await AskAsync("PATCH", $"{folder}/{metadata["name"]}", """{"metadata":{"finalizers":null}}""", "application/merge-patch+json");
        }
    }

    /// <summary>The items of a list; none where it is not served.</summary>
    public async Task<IReadOnlyList<JsonObject>> ListAsync(string path) =>
        [.. ((await AskAsync("GET", path)).Document?["items"] as JsonArray ?? []).Select(i => i!.AsObject())];

    /// <summary>Sends a request as the administrator.</summary>
    public async Task<ApiAnswer> AskAsync(string method, string path, string? body = null, string type = "application/json")
    {
        using CancellationTokenSource deadline = new(limit);
        ApiRequest request = new(method, path)
        {
            Body = body is null ? null : Encoding.UTF8.GetBytes(body),
            Headers = body is null ? new Dictionary<string, string?>() : new Dictionary<string, string?> { ["Content-Type"] = type },
        };
        return await cluster.AskAsync(request, deadline.Token);
    }
}
