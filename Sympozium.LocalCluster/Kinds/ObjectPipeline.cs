using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds;

/// <summary>
/// What happens to an object between the wire and the store. The order of a write: <see cref="CheckDecodable"/>,
/// <see cref="CheckFields"/>, <see cref="Prune"/>, <see cref="ApplyDefaults"/>, <see cref="PrepareForCreate"/> (creation only, uid set)
/// or <see cref="PrepareForUpdate"/>, <see cref="Validate"/>.
/// </summary>
public static class ObjectPipeline
{
    /// <summary>Core kinds: throws 400 when a field has a JSON type that its Go type cannot hold. Custom kinds answer that in <see cref="Validate"/>.</summary>
    public static void CheckDecodable(KindDefinition kind, JsonObject obj)
    {
        ArgumentNullException.ThrowIfNull(kind);
        ArgumentNullException.ThrowIfNull(obj);
    }

    /// <summary>Fields which the schema does not know; the message is <c>unknown field "spec.x"</c>.</summary>
    public static List<FieldProblem> CheckFields(KindDefinition kind, JsonObject obj)
    {
        ArgumentNullException.ThrowIfNull(kind);
        ArgumentNullException.ThrowIfNull(obj);
        return [];
    }

    /// <summary>Drops the fields that <see cref="CheckFields"/> reports.</summary>
    public static void Prune(KindDefinition kind, JsonObject obj)
    {
        ArgumentNullException.ThrowIfNull(kind);
        ArgumentNullException.ThrowIfNull(obj);
    }

    /// <summary>Fills in defaults; idempotent.</summary>
    public static void ApplyDefaults(KindDefinition kind, JsonObject obj)
    {
        ArgumentNullException.ThrowIfNull(kind);
        ArgumentNullException.ThrowIfNull(obj);
    }

    /// <summary>What the kind's strategy sets once, at creation; <c>metadata.uid</c> must be set.</summary>
    public static void PrepareForCreate(KindDefinition kind, JsonObject obj)
    {
        ArgumentNullException.ThrowIfNull(kind);
        ArgumentNullException.ThrowIfNull(obj);
    }

    /// <summary>What the kind's strategy carries over from the stored object before an update is validated.</summary>
    public static void PrepareForUpdate(KindDefinition kind, JsonObject obj, JsonObject old)
    {
        ArgumentNullException.ThrowIfNull(kind);
        ArgumentNullException.ThrowIfNull(obj);
        ArgumentNullException.ThrowIfNull(old);
    }

    /// <summary>Every problem at once; <paramref name="old"/> is the stored object on an update.</summary>
    public static List<FieldProblem> Validate(KindDefinition kind, JsonObject obj, JsonObject? old)
    {
        ArgumentNullException.ThrowIfNull(kind);
        ArgumentNullException.ThrowIfNull(obj);
        return [];
    }
}
