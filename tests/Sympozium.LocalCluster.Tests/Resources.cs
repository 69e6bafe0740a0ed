using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.Testing;

namespace Sympozium.LocalCluster.Tests;

/// <summary>Objects for tests, and waiting for what becomes of them.</summary>
internal static class Resources
{
    public static JsonObject Make(ResourceType type, string? ns, string name) => new()
    {
        ["apiVersion"] = type.ApiVersion,
        ["kind"] = type.Kind,
        ["metadata"] = ns is null ? new JsonObject { ["name"] = name } : new JsonObject { ["name"] = name, ["namespace"] = ns },
    };

    public static JsonObject ConfigMap(string ns, string name, string value = "1")
    {
        JsonObject made = Make(CoreTypes.ConfigMaps, ns, name);
        made["data"] = new JsonObject { ["value"] = value };
        return made;
    }

    public static JsonObject Widget(string ns, string name, int size = 3)
    {
        JsonObject made = Make(ClusterFixture.Widgets, ns, name);
        made["spec"] = new JsonObject { ["size"] = size };
        return made;
    }

    public static JsonObject OwnedBy(this JsonObject resource, JsonObject owner, bool blocks = false)
    {
        JsonObject reference = new()
        {
            ["apiVersion"] = owner["apiVersion"]!.DeepClone(),
            ["kind"] = owner["kind"]!.DeepClone(),
            ["name"] = owner["metadata"]!["name"]!.DeepClone(),
            ["uid"] = owner["metadata"]!["uid"]!.DeepClone(),
            ["blockOwnerDeletion"] = blocks,
        };
        resource["metadata"]!["ownerReferences"] = new JsonArray(reference);
        return resource;
    }

    public static string Version(this JsonObject resource) => resource["metadata"]!["resourceVersion"]!.GetValue<string>();

    /// <summary>Waits until a condition holds for an object; null stands for one that is gone.</summary>
    public static async Task<JsonObject?> WaitForAsync(
        this IKubernetesClient client, ResourceType type, string? ns, string name, Func<JsonObject?, bool> condition)
    {
        using CancellationTokenSource limit = new(TestTimeouts.InProcess);
        string version = (await client.ListAsync(type, ns, ListOptions.All, limit.Token)).ResourceVersion;
        JsonObject? now = await client.GetAsync(type, ns, name, limit.Token);
        if (condition(now))
        {
            return now;
        }

        WatchOptions options = new() { ResourceVersion = version, FieldSelector = $"metadata.name={name}" };
        await foreach (WatchEvent change in client.WatchAsync(type, ns, options, limit.Token))
        {
            now = change.Type == WatchEventType.Deleted ? null : change.Resource;
            if (condition(now))
            {
                return now;
            }
        }

        throw new TimeoutException($"The watch of {type} '{name}' ended before the condition held.");
    }
}
