using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Store;

/// <summary>One version of one object: UTF-8 JSON that begins with apiVersion, kind and metadata and carries its resourceVersion.</summary>
public sealed class StoredObject(ObjectKey key, long revision, byte[] value)
{
    private ObjectFacts? _facts;

    public ObjectKey Key { get; } = key;

    public long Revision { get; } = revision;

    public ReadOnlyMemory<byte> Value { get; } = value;

    /// <summary>Read at first use; a race reads them twice, which is harmless.</summary>
    public ObjectFacts Facts => _facts ??= ObjectFacts.Read(Value.Span);

    /// <summary>A document of its own, which the caller may change.</summary>
    public JsonObject ToJson() => JsonNode.Parse(Value.Span)!.AsObject();
}
