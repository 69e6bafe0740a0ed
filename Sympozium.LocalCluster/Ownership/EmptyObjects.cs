using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds;

namespace Sympozium.LocalCluster.Ownership;

/// <summary>
/// What an object of a core kind holds before anything is set: a creation does not add these, so its manager owns only what is
/// in them. Never changed.
/// </summary>
internal static class EmptyObjects
{
    private const string PodTemplate = """{"metadata":{},"spec":{"containers":null}}""";

    private static readonly Dictionary<string, JsonObject> ByKind = new(StringComparer.Ordinal)
    {
        ["Pod"] = Parse("""{"spec":{"containers":null}}"""),
        ["Deployment"] = Parse("{\"spec\":{\"selector\":null,\"strategy\":{},\"template\":" + PodTemplate + "}}"),
        ["ReplicaSet"] = Parse("{\"spec\":{\"selector\":null,\"template\":" + PodTemplate + "}}"),
        ["Job"] = Parse("{\"spec\":{\"template\":" + PodTemplate + "}}"),
        ["CronJob"] = Parse("{\"spec\":{\"jobTemplate\":{\"metadata\":{},\"spec\":{\"template\":" + PodTemplate + "}}}}"),
        ["Namespace"] = Parse("""{"spec":{}}"""),
        ["Service"] = Parse("""{"spec":{}}"""),
        ["PersistentVolumeClaim"] = Parse("""{"spec":{"resources":{}}}"""),
        ["NetworkPolicy"] = Parse("""{"spec":{"podSelector":{}}}"""),
        ["PersistentVolume"] = Parse("""{"spec":{}}"""),
        ["Node"] = Parse("""{"spec":{}}"""),
        ["Ingress"] = Parse("""{"spec":{}}"""),
        ["IngressClass"] = Parse("""{"spec":{}}"""),
        ["EndpointSlice"] = Parse("""{"addressType":"","endpoints":null,"ports":null}"""),
        ["PodDisruptionBudget"] = Parse("""{"spec":{}}"""),
        ["ResourceQuota"] = Parse("""{"spec":{}}"""),
        ["LimitRange"] = Parse("""{"spec":{"limits":null}}"""),
        ["Lease"] = Parse("""{"spec":{}}"""),
        ["Role"] = Parse("""{"rules":null}"""),
        ["ClusterRole"] = Parse("""{"rules":null}"""),
        ["TokenRequest"] = Parse("""{"spec":{}}"""),
        ["TokenReview"] = Parse("""{"spec":{}}"""),
        ["SubjectAccessReview"] = Parse("""{"spec":{}}"""),
        ["LocalSubjectAccessReview"] = Parse("""{"spec":{}}"""),
        ["SelfSubjectAccessReview"] = Parse("""{"spec":{}}"""),
        ["SelfSubjectRulesReview"] = Parse("""{"spec":{}}"""),
        ["CustomResourceDefinition"] = Parse("""{"spec":{"names":{},"versions":null}}"""),
    };

    /// <summary>Null when the kind has nothing of the sort.</summary>
    public static JsonObject? Of(KindDefinition kind) => kind.IsCustom ? null : ByKind.GetValueOrDefault(kind.Type.Kind);

    private static JsonObject Parse(string text)
    {
        JsonObject json = JsonNode.Parse(text)!.AsObject();
        // Several threads read it at once, and reading a parsed document for the first time unfolds it.
        Unfold(json);
        return json;
    }

    private static void Unfold(JsonObject json)
    {
        foreach ((_, JsonNode? value) in json)
        {
            if (value is JsonObject below)
            {
                Unfold(below);
            }
        }
    }
}
