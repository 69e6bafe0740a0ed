using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Controllers;

namespace Sympozium.LocalCluster.Nodes;

/// <summary>Gives a node that takes no pods the taint that says so, and takes it away again. Triggered by changes of nodes; idempotent.</summary>
internal sealed class CordonController(IKubernetesClient client, ObjectCache<NodeFacts> nodes)
{
    public async Task<TimeSpan?> SyncAsync((string Namespace, string Name) key, CancellationToken cancellationToken)
    {
        if (nodes.Find("", key.Name) is { } node && node.IsUnschedulable != node.Taints.Any(taint => taint.Key == Taint.Unschedulable))
        {
            List<Taint> taints = [.. node.Taints.Where(taint => taint.Key != Taint.Unschedulable)];
            if (node.IsUnschedulable)
            {
                taints.Add(new Taint(Taint.Unschedulable, "", Taint.NoSchedule));
            }

            JsonObject patch = new()
            {
                ["metadata"] = new JsonObject { ["resourceVersion"] = node.Version.ToString(System.Globalization.CultureInfo.InvariantCulture) },
                ["spec"] = new JsonObject { ["taints"] = taints.Count == 0 ? null : new JsonArray([.. taints.Select(Render)]) },
            };
            try
            {
                nodes.Put(await client.PatchAsync(CoreTypes.Nodes, null, node.Name, new Patch(PatchType.Merge, patch, ControllerHost.FieldManager), null, cancellationToken));
            }
            catch (KubernetesException changed) when (changed.IsNotFound || changed.IsConflict)
            {
                // The change that was faster brings it back here.
                return null;
            }
        }

        return null;
    }

    private static JsonObject Render(Taint taint)
    {
        JsonObject rendered = new() { ["key"] = taint.Key, ["effect"] = taint.Effect };
        if (taint.Value.Length > 0)
        {
            rendered["value"] = taint.Value;
        }

        return rendered;
    }
}
