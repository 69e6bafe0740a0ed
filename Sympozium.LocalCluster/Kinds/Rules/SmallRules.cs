using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules;

/// <summary>Namespace: its own name as a label, the finalizer of its content, a phase.</summary>
internal sealed class NamespaceRules : KindRules
{
    public override NameForm Naming => NameForm.Label;

    public override void ApplyDefaults(JsonObject obj)
    {
        if (obj.Map("metadata") is { } metadata && metadata.Text("name") is { Length: > 0 } name)
        {
            metadata.Ensure("labels")["kubernetes.io/metadata.name"] = name;
        }

        obj.Ensure("spec");
        obj.Ensure("status");
    }

    public override void PrepareForCreate(JsonObject obj)
    {
        JsonArray finalizers = obj.Ensure("spec")["finalizers"] as JsonArray ?? [];
        if (!finalizers.Any(item => GoJson.Text(item) == "kubernetes"))
        {
            finalizers.Add("kubernetes");
        }

        obj.Ensure("spec")["finalizers"] = finalizers.DeepClone();
        obj["status"] = new JsonObject { ["phase"] = "Active" };
    }

    public override void PrepareForUpdate(JsonObject obj, JsonObject old)
    {
        obj["spec"] = new JsonObject { ["finalizers"] = old.Map("spec")?["finalizers"]?.DeepClone() ?? new JsonArray() };
        obj["status"] = old["status"]?.DeepClone();
    }
}

/// <summary>PersistentVolumeClaim: storage that is asked for.</summary>
internal sealed class ClaimRules : KindRules
{
    private const string Protection = "kubernetes.io/pvc-protection";

    public override void ApplyDefaults(JsonObject obj)
    {
        JsonObject spec = obj.Ensure("spec");
        spec.Ensure("resources");
        spec.Default("volumeMode", "Filesystem");
        obj.Ensure("status").Default("phase", "Pending");
    }

    public override void PrepareForCreate(JsonObject obj)
    {
        obj["status"] = new JsonObject { ["phase"] = "Pending" };
        JsonObject metadata = obj.Ensure("metadata");
        JsonArray finalizers = metadata["finalizers"] as JsonArray ?? [];
        if (!finalizers.Any(item => GoJson.Text(item) == Protection))
        {
            finalizers.Add(Protection);
            metadata["finalizers"] = finalizers.DeepClone();
        }
    }

    public override void Validate(JsonObject obj, JsonObject? old, List<FieldProblem> problems)
    {
        JsonObject? spec = obj.Map("spec");
        Modes(spec, problems);
        JsonNode? storage = spec.Map("resources").Map("requests")?["storage"];
        if (storage is null)
        {
            problems.Required("spec.resources[storage]");
        }
        else if (Quantity.TryParse(GoJson.Text(storage) ?? "", out Quantity amount) && amount.Nanos.Sign <= 0)
        {
            problems.Invalid("spec.resources[storage]", storage, "must be greater than zero");
        }

        if (spec.Text("storageClassName") is { Length: > 0 } storageClass)
        {
            problems.Invalid("spec.storageClassName", storageClass, Names.Subdomain(storageClass));
        }

        problems.OneOf("spec.volumeMode", spec?["volumeMode"], required: false, "Block", "Filesystem");
        if (old?.Map("spec") is { } before && !IsAllowed(spec, before, old.Map("status").Text("phase") == "Bound"))
        {
            problems.Forbidden("spec", "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims");
        }
    }

    private static void Modes(JsonObject? spec, List<FieldProblem> problems)
    {
        if (spec?["accessModes"] is not JsonArray { Count: > 0 } modes)
        {
            problems.Required("spec.accessModes", "at least 1 access mode is required");
        }
        else
        {
            foreach (JsonNode? mode in modes)
            {
                problems.OneOf("spec.accessModes", mode, required: true, "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod");
            }
        }

        if (spec?["accessModes"] is JsonArray { Count: > 1 } several && several.Any(mode => GoJson.Text(mode) == "ReadWriteOncePod"))
        {
            problems.Forbidden("spec.accessModes", "may not use ReadWriteOncePod with other access modes");
        }
    }

    /// <summary>A bound claim may change its size and its class of attributes, any its volume when it has none.</summary>
    private static bool IsAllowed(JsonObject? now, JsonObject before, bool isBound)
    {
        JsonObject left = now?.DeepClone().AsObject() ?? [];
        JsonObject right = before.DeepClone().AsObject();
        bool hadVolume = before.Text("volumeName").Length > 0;
        bool hadClass = before["storageClassName"] is not null;
        foreach (JsonObject spec in (JsonObject[])[left, right])
        {
            if (isBound)
            {
                spec.Remove("resources");
                spec.Remove("volumeAttributesClassName");
            }

            if (!hadVolume)
            {
                spec.Remove("volumeName");
            }

            if (!hadClass)
            {
                spec.Remove("storageClassName");
            }
        }

        return JsonNode.DeepEquals(left, right);
    }
}

/// <summary>Lease: durations are positive.</summary>
internal sealed class LeaseRules : KindRules
{
    public override void ApplyDefaults(JsonObject obj) => obj.Ensure("spec");

    public override void Validate(JsonObject obj, JsonObject? old, List<FieldProblem> problems)
    {
        JsonObject? spec = obj.Map("spec");
        if (spec.Integer("leaseDurationSeconds") is <= 0)
        {
            problems.Invalid("spec.leaseDurationSeconds", spec!["leaseDurationSeconds"], "must be greater than 0");
        }

        problems.NotNegative("spec.leaseTransitions", spec?["leaseTransitions"]);
        string strategy = spec.Text("strategy");
        if (strategy.Length > 0 && !strategy.Contains('/', StringComparison.Ordinal) && strategy != "OldestEmulationVersion")
        {
            problems.NotSupported("spec.strategy.strategy", strategy, ["OldestEmulationVersion"]);
        }

        if (spec.Text("preferredHolder").Length > 0 && strategy.Length == 0)
        {
            problems.Forbidden("spec.preferredHolder", "may only be specified if `strategy` is defined");
        }
    }
}
