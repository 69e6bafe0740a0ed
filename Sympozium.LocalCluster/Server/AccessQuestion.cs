using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Authorization;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Kinds.Rules;
using Sympozium.LocalCluster.Objects;

namespace Sympozium.LocalCluster.Server;

/// <summary>What a SubjectAccessReview of any kind asks, and what is wrong with the question.</summary>
internal static class AccessQuestion
{
    /// <exception cref="Sympozium.Kubernetes.Api.KubernetesException">422, or 400 when another namespace is asked about than the URL names.</exception>
    public static void Check(KindDefinition kind, JsonObject asked, string? ns)
    {
        JsonObject spec = asked.Map("spec") ?? [];
        List<FieldProblem> problems = [];
        JsonObject? resource = spec.Map("resourceAttributes");
        JsonObject? path = spec.Map("nonResourceAttributes");
        if (resource is not null && path is not null)
        {
            problems.Invalid("spec.nonResourceAttributes", Shown(path), "cannot be specified in combination with resourceAttributes");
        }
        else if (resource is null && path is null)
        {
            problems.Add(new FieldProblem(
                "spec.resourceAttributes", ProblemReasons.Invalid, "Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified"));
        }

        if (kind.Type.Kind != "SelfSubjectAccessReview" && spec.Text("user").Length == 0 && spec["groups"] is not JsonArray { Count: > 0 })
        {
            problems.Invalid("spec.user", "", "at least one of user or group must be specified");
        }

        if (ns is not null && path is not null)
        {
            problems.Invalid("spec.nonResourceAttributes", Shown(path), "disallowed on this kind of request");
        }

        if (problems.Count > 0)
        {
            throw Refusals.Invalid(kind.Type.Group, kind.Type.Kind == "LocalSubjectAccessReview" ? "SubjectAccessReview" : kind.Type.Kind, "", problems);
        }

        if (ns is not null && resource.Text("namespace") != ns)
        {
            throw Refusals.BadRequest($"spec.resourceAttributes.namespace must match namespace: {ns}");
        }
    }

    public static AccessAttributes Read(JsonObject spec)
    {
        if (spec.Map("resourceAttributes") is not { } resource)
        {
            JsonObject? path = spec.Map("nonResourceAttributes");
            return new AccessAttributes { Verb = path.Text("verb"), Path = path.Text("path") };
        }

        return new AccessAttributes
        {
            IsResource = true,
            Verb = resource.Text("verb"),
            Group = resource.Text("group"),
            Namespace = resource.Text("namespace"),
            Resource = resource.Text("resource"),
            Subresource = resource.Text("subresource"),
            Name = resource.Text("name"),
        };
    }

    private static JsonObject Shown(JsonObject path) => new() { ["path"] = path.Text("path"), ["verb"] = path.Text("verb") };
}
