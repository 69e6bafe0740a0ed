using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules.Pods;

/// <summary>What Kubernetes' default admission plugins add to a new pod: account, priority, tolerations.</summary>
internal static class PodAdmission
{
    private const int NotReadySeconds = 300;

    public static void Apply(JsonObject spec)
    {
        if (spec.Text("serviceAccountName").Length == 0)
        {
            spec["serviceAccountName"] = "default";
            spec["serviceAccount"] = "default";
        }

        Tolerate(spec, "node.kubernetes.io/not-ready");
        Tolerate(spec, "node.kubernetes.io/unreachable");
    }

    private static void Tolerate(JsonObject spec, string taint)
    {
        foreach ((_, JsonObject toleration) in spec.Items("tolerations"))
        {
            bool sameKey = toleration.Text("key") is var key && (key == taint || key.Length == 0);
            if (sameKey && toleration.Text("effect") is "" or "NoExecute")
            {
                return;
            }
        }

        JsonArray tolerations = spec["tolerations"] as JsonArray ?? [];
        tolerations.Add(new JsonObject
        {
            ["key"] = taint,
            ["operator"] = "Exists",
            ["effect"] = "NoExecute",
            ["tolerationSeconds"] = NotReadySeconds,
        });
        if (tolerations.Parent is null)
        {
            spec["tolerations"] = tolerations;
        }
    }
}
