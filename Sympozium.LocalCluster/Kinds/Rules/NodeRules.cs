using System.Globalization;
using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules;

/// <summary>Node.</summary>
internal sealed class NodeRules : KindRules
{
    public override void ApplyDefaults(JsonObject obj)
    {
        obj.Ensure("spec");
        obj.Ensure("status");
    }

    public override void PrepareForUpdate(JsonObject obj, JsonObject old) => obj["status"] = old["status"]?.DeepClone();

    public override void Validate(JsonObject obj, JsonObject? old, List<FieldProblem> problems)
    {
        HashSet<(string, string)> seen = [];
        foreach ((int index, JsonObject taint) in obj.Map("spec").Items("taints"))
        {
            string path = string.Create(CultureInfo.InvariantCulture, $"metadata.taints[{index}]");
            problems.Invalid($"{path}.key", taint.Text("key"), Names.QualifiedName(taint.Text("key")));
            if (taint.Text("value") is { Length: > 0 } value)
            {
                problems.Invalid($"{path}.value", value, Names.LabelValue(value));
            }

            problems.OneOf($"{path}.effect", taint["effect"], required: true, "NoSchedule", "PreferNoSchedule", "NoExecute");
            if (!seen.Add((taint.Text("key"), taint.Text("effect"))))
            {
                problems.Duplicate(path, taint);
            }
        }
    }
}

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
        // What a controller does elsewhere a moment later: a volume that nobody has is free.
        obj["status"] = new JsonObject { ["phase"] = "Available" };
        JsonObject metadata = obj.Ensure("metadata");
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

        string[] sources = [.. Sources.Where(source => spec[source] is not null)];
        if (sources.Length == 0)
        {
            problems.Required("spec", "must specify a volume type");
        }

        foreach (string extra in sources.Skip(1))
        {
            problems.Forbidden($"spec.{extra}", "may not specify more than 1 volume type");
        }

        problems.OneOf("spec.persistentVolumeReclaimPolicy", spec["persistentVolumeReclaimPolicy"], required: false, "Delete", "Recycle", "Retain");
        problems.OneOf("spec.volumeMode", spec["volumeMode"], required: false, "Block", "Filesystem");
        if (old?.Map("spec") is { } before && Sources.Any(source => !JsonNode.DeepEquals(spec[source], before[source])))
        {
            problems.Forbidden("spec.persistentvolumesource", "spec.persistentvolumesource is immutable after creation");
        }
    }
}
