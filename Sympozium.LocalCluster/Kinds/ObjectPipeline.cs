using System.Net;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Kinds.Rules;
using Sympozium.LocalCluster.Kinds.Rules.Pods;

namespace Sympozium.LocalCluster.Kinds;

/// <summary>
/// What happens to an object between the wire and the store. The order of a write: <see cref="CheckDecodable"/>,
/// <see cref="CheckFields"/>, <see cref="Prune"/>, <see cref="ApplyDefaults"/>, (field ownership is computed here), then
/// <see cref="PrepareForCreate"/> (uid set) or <see cref="PrepareForUpdate"/>, <see cref="Validate"/>.
/// </summary>
public static class ObjectPipeline
{
    /// <summary>Core kinds: throws 400 when a field has a JSON type that its Go type cannot hold. Custom kinds answer that in <see cref="Validate"/>.</summary>
    public static void CheckDecodable(KindDefinition kind, JsonObject obj)
    {
        if (FindDecodeError(kind, obj) is { } problem)
        {
            string message = $"{kind.Type.Kind} in version \"{kind.Type.Version}\" cannot be handled as a {kind.Type.Kind}: {problem}";
            throw new KubernetesException(HttpStatusCode.BadRequest, StatusReasons.BadRequest, message);
        }
    }

    /// <summary>The decoder's own words, for answers that frame them differently (patches); null when the object can be decoded.</summary>
    public static string? FindDecodeError(KindDefinition kind, JsonObject obj)
    {
        ArgumentNullException.ThrowIfNull(kind);
        ArgumentNullException.ThrowIfNull(obj);
        if (!kind.IsCustom)
        {
            return CoreDecoder.FirstError(kind.Schema, obj);
        }

        return obj["metadata"] is { } metadata ? CoreDecoder.FirstError(CoreSchemas.ObjectMeta, metadata) : null;
    }

    /// <summary>Fields which the schema does not know; the message is <c>unknown field "spec.x"</c>.</summary>
    public static List<FieldProblem> CheckFields(KindDefinition kind, JsonObject obj)
    {
        ArgumentNullException.ThrowIfNull(kind);
        ArgumentNullException.ThrowIfNull(obj);
        IEnumerable<string> paths = UnknownFields.Of(kind, obj, prune: false);
        if (kind.IsCustom)
        {
            paths = paths.Order(StringComparer.Ordinal);
        }

        return [.. paths.Select(path => new FieldProblem(path, ProblemReasons.Unknown, $"unknown field \"{path}\""))];
    }

    /// <summary>Drops the fields that <see cref="CheckFields"/> reports.</summary>
    public static void Prune(KindDefinition kind, JsonObject obj)
    {
        ArgumentNullException.ThrowIfNull(kind);
        ArgumentNullException.ThrowIfNull(obj);
        UnknownFields.Of(kind, obj, prune: true);
    }

    /// <summary>Fills in defaults and brings the object into its canonical form; idempotent.</summary>
    public static void ApplyDefaults(KindDefinition kind, JsonObject obj)
    {
        ArgumentNullException.ThrowIfNull(kind);
        ArgumentNullException.ThrowIfNull(obj);
        if (kind.IsCustom)
        {
            if (obj["metadata"] is JsonObject metadata)
            {
                CoreNormalizer.Apply(CoreSchemas.ObjectMeta, metadata);
            }

            SchemaDefaults.Apply(kind.Schema, obj);
            return;
        }

        CoreNormalizer.Apply(kind.Schema, obj);
        KindRules.For(kind).ApplyDefaults(obj);
    }

    /// <summary>What the kind's strategy and admission set once, at creation; <c>metadata.uid</c> must be set.</summary>
    public static void PrepareForCreate(KindDefinition kind, JsonObject obj)
    {
        ArgumentNullException.ThrowIfNull(kind);
        ArgumentNullException.ThrowIfNull(obj);
        KindRules.For(kind).PrepareForCreate(obj);
    }

    /// <summary>What the kind's strategy carries over from the stored object before an update is validated.</summary>
    public static void PrepareForUpdate(KindDefinition kind, JsonObject obj, JsonObject old)
    {
        ArgumentNullException.ThrowIfNull(kind);
        ArgumentNullException.ThrowIfNull(obj);
        ArgumentNullException.ThrowIfNull(old);
        KindRules.For(kind).PrepareForUpdate(obj, old);
    }

    /// <summary>Whether a change of annotations is a new generation of the kind, as a change of the spec is.</summary>
    public static bool CountsAnnotations(KindDefinition kind)
    {
        ArgumentNullException.ThrowIfNull(kind);
        return KindRules.For(kind).CountsAnnotations;
    }

    /// <summary>Every problem at once; <paramref name="old"/> is the stored object on an update.</summary>
    /// <param name="kind">The object's kind.</param>
    /// <param name="obj">The object.</param>
    /// <param name="old">The stored object; null at creation.</param>
    /// <param name="subresource"><c>status</c> when only that is written: only that is validated then.</param>
    public static List<FieldProblem> Validate(KindDefinition kind, JsonObject obj, JsonObject? old, string? subresource = null)
    {
        ArgumentNullException.ThrowIfNull(kind);
        ArgumentNullException.ThrowIfNull(obj);
        List<FieldProblem> problems = [];
        KindRules rules = KindRules.For(kind);
        MetadataRules.Validate(kind, rules, obj, old, problems);
        bool status = subresource is "status" or "binding";
        if (kind.IsCustom)
        {
            CustomObjectRules.Validate(kind, obj, old, status, problems);
        }
        else if (subresource == PodRules.EphemeralContainers)
        {
            EphemeralContainerRules.Validate(obj.Map("spec") ?? [], old.Map("spec") ?? [], problems);
        }
        else if (!status)
        {
            rules.Validate(obj, old, problems);
        }
        else if (old is not null)
        {
            rules.ValidateStatus(obj, old, problems);
        }

        return problems;
    }
}
