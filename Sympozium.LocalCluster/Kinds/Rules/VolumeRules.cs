using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules;

/// <summary>PersistentVolume.</summary>
internal sealed class VolumeRules : KindRules
{
    private const string Protection = "kubernetes.io/pv-protection";

    private static readonly string[] Sources = ["csi", "hostPath", "iscsi", "local", "nfs"];

    public override void ApplyDefaults(JsonObject obj)
    {
        JsonObject spec = obj.Ensure("spec");
        spec.Default("persistentVolumeReclaimPolicy", "Retain");
        spec.Default("volumeMode", "Filesystem");
        spec.Map("hostPath")?.Default("type", "");
        obj.Ensure("status").Default("phase", "Pending");
    }

    public override void PrepareForCreate(JsonObject obj)
    {
        // The binder says a moment later whether somebody has it.
        JsonObject metadata = obj.Ensure("metadata");
        obj["status"] = new JsonObject { ["phase"] = "Pending", ["lastPhaseTransitionTime"] = metadata["creationTimestamp"]?.DeepClone() };
        JsonArray finalizers = metadata["finalizers"]?.DeepClone() as JsonArray ?? [];
        if (!finalizers.Any(item => GoJson.Text(item) == Protection))
        {
            finalizers.Add(Protection);
        }

        metadata["finalizers"] = finalizers;
    }

    public override void PrepareForUpdate(JsonObject obj, JsonObject old) => obj["status"] = old["status"]?.DeepClone();

    public override void Validate(JsonObject obj, JsonObject? old, List<FieldProblem> problems)
    {
        JsonObject spec = obj.Map("spec") ?? [];
        if (spec["accessModes"] is not JsonArray { Count: > 0 } modes)
        {
            problems.Required("spec.accessModes");
        }
        else
        {
            foreach (JsonNode? mode in modes)
            {
                problems.OneOf("spec.accessModes", mode, required: true, "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod");
            }
        }

        Capacity(spec, problems);
        string[] sources = [.. Sources.Where(source => spec[source] is not null)];
        if (sources.Length == 0)
        {
            problems.Required("spec", "must specify a volume type");
        }

        foreach (string extra in sources.Skip(1))
        {
            problems.Forbidden($"spec.{extra}", "may not specify more than 1 volume type");
        }

        Source(spec, problems);
        problems.OneOf("spec.persistentVolumeReclaimPolicy", spec["persistentVolumeReclaimPolicy"], required: false, "Delete", "Recycle", "Retain");
        if (spec.Text("persistentVolumeReclaimPolicy") == "Recycle" && spec.Map("hostPath").Text("path") == "/")
        {
            problems.Forbidden("spec.persistentVolumeReclaimPolicy", "may not be 'recycle' for a hostPath mount of '/'");
        }

        if (spec.Text("storageClassName") is { Length: > 0 } storageClass)
        {
            problems.Invalid("spec.storageClassName", storageClass, Names.Subdomain(storageClass));
        }

        problems.OneOf("spec.volumeMode", spec["volumeMode"], required: false, "Block", "Filesystem");
        if (old?.Map("spec") is { } before && Sources.Any(source => !JsonNode.DeepEquals(spec[source], before[source])))
        {
            problems.Forbidden("spec.persistentvolumesource", "spec.persistentvolumesource is immutable after creation");
        }
    }

    private static void Capacity(JsonObject spec, List<FieldProblem> problems)
    {
        if (spec.Map("capacity") is not { Count: > 0 } capacity)
        {
            problems.Required("spec.capacity");
        }
        else if (!capacity.ContainsKey("storage") || capacity.Count > 1)
        {
            problems.NotSupported("spec.capacity", capacity, ["storage"]);
        }

        if (Amounts.Parse(spec.Map("capacity")?["storage"]) is { Nanos.Sign: <= 0 })
        {
            problems.Invalid("spec.capacity[storage]", spec.Map("capacity")!["storage"], "must be greater than zero");
        }
    }

    private static void Source(JsonObject spec, List<FieldProblem> problems)
    {
        foreach (string source in (string[])["hostPath", "local"])
        {
            if (spec.Map(source) is { } found)
            {
                string path = found.Text("path");
                if (path.Length == 0)
                {
                    problems.Required($"spec.{source}.path");
                }
                else if (path.Split('/').Contains(".."))
                {
                    problems.Invalid($"spec.{source}.path", path, "must not contain '..'");
                }
            }
        }

        if (spec.Map("local") is not null && spec.Map("nodeAffinity") is null)
        {
            problems.Required("spec.nodeAffinity", "Local volume requires node affinity");
        }
    }
}
