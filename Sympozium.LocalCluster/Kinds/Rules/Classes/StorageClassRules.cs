using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules.Classes;

/// <summary>StorageClass: what a volume is made by and with stays as it was made.</summary>
internal sealed class StorageClassRules : KindRules
{
    public override void ApplyDefaults(JsonObject obj)
    {
        obj.Default("reclaimPolicy", "Delete");
        obj.Default("volumeBindingMode", "Immediate");
    }

    public override void Validate(JsonObject obj, JsonObject? old, List<FieldProblem> problems)
    {
        string provisioner = obj.Text("provisioner");
        if (provisioner.Length == 0)
        {
            problems.Required("provisioner", provisioner);
        }
        else
        {
            problems.Invalid("provisioner", provisioner, Names.QualifiedName(provisioner.ToLowerInvariant()));
        }

        problems.OneOf("reclaimPolicy", obj["reclaimPolicy"], required: false, "Delete", "Retain");
        problems.OneOf("volumeBindingMode", obj["volumeBindingMode"], required: true, "Immediate", "WaitForFirstConsumer");
        if (old is null)
        {
            return;
        }

        if (!JsonNode.DeepEquals(obj["parameters"], old["parameters"]))
        {
            problems.Forbidden("parameters", "updates to parameters are forbidden.");
        }

        if (provisioner != old.Text("provisioner"))
        {
            problems.Forbidden("provisioner", "updates to provisioner are forbidden.");
        }

        if (obj.Text("reclaimPolicy") != old.Text("reclaimPolicy"))
        {
            problems.Forbidden("reclaimPolicy", "updates to reclaimPolicy are forbidden.");
        }

        problems.Immutable("volumeBindingMode", obj["volumeBindingMode"], old["volumeBindingMode"]);
    }
}
