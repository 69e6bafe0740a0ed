using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds.OpenApi;

namespace Sympozium.LocalCluster.Kinds;

/// <summary>
/// One node of an OpenAPI structural schema. A node of a core kind may stand for a named, shared definition
/// (<see cref="Target"/>), which lets definitions refer to each other and to themselves.
/// </summary>
public sealed class Schema
{
    // First: the static schemas below use it.
    private static readonly IReadOnlyDictionary<string, Schema> NoProperties = new Dictionary<string, Schema>(0, StringComparer.Ordinal);

    /// <summary>Accepts anything below it and keeps what it does not know.</summary>
    public static readonly Schema Open = new() { Type = "object", PreserveUnknownFields = true };

    /// <summary>Accepts any JSON value.</summary>
    public static readonly Schema Anything = new() { PreserveUnknownFields = true };

    private string? _description;
    private IReadOnlyDictionary<string, Schema> _properties = NoProperties;
    private IReadOnlyList<string> _required = [];
    private bool _preserveUnknownFields;
    private string? _mapType;
    private string? _definitionName;

    public string? Type { get; init; }

    public string? Format { get; init; }

    public string? Title { get; init; }

    public string? Description { get => _description; init => _description = value; }

    public IReadOnlyDictionary<string, Schema> Properties { get => _properties; init => _properties = value; }

    public Schema? Items { get; init; }

    public Schema? AdditionalProperties { get; init; }

    public IReadOnlyList<string> Required { get => _required; init => _required = value; }

    public IReadOnlyList<JsonNode?> Enum { get; init; } = [];

    public JsonNode? Default { get; init; }

    public bool HasDefault { get; init; }

    public bool Nullable { get; init; }

    public bool PreserveUnknownFields { get => _preserveUnknownFields; init => _preserveUnknownFields = value; }

    public bool IntOrString { get; init; }

    public bool EmbeddedResource { get; init; }

    /// <summary><c>x-kubernetes-list-type</c>: atomic, set or map.</summary>
    public string? ListType { get; init; }

    public IReadOnlyList<string> ListMapKeys { get; init; } = [];

    /// <summary><c>x-kubernetes-map-type</c>: atomic or granular.</summary>
    public string? MapType { get => _mapType; init => _mapType = value; }

    /// <summary><c>x-kubernetes-patch-strategy</c>: merge, replace, retainKeys or a comma-separated combination.</summary>
    public string? PatchStrategy { get; init; }

    public string? PatchMergeKey { get; init; }

    public double? Minimum { get; init; }

    public double? Maximum { get; init; }

    public bool ExclusiveMinimum { get; init; }

    public bool ExclusiveMaximum { get; init; }

    public double? MultipleOf { get; init; }

    public long? MinLength { get; init; }

    public long? MaxLength { get; init; }

    public string? Pattern { get; init; }

    public long? MinItems { get; init; }

    public long? MaxItems { get; init; }

    public bool UniqueItems { get; init; }

    public long? MinProperties { get; init; }

    public long? MaxProperties { get; init; }

    public IReadOnlyList<Schema> AllOf { get; init; } = [];

    public IReadOnlyList<Schema> AnyOf { get; init; } = [];

    public IReadOnlyList<Schema> OneOf { get; init; } = [];

    public Schema? Not { get; init; }

    /// <summary>Whether any node at or below this one has a default; lets defaulting skip whole branches.</summary>
    public bool DefaultsBelow { get; init; }

    /// <summary><c>x-kubernetes-validations</c> as written.</summary>
    public JsonArray? Validations { get; init; }

    /// <summary>The definition's name, for example <c>io.k8s.api.core.v1.PodSpec</c>, when this node is one.</summary>
    public string? DefinitionName { get => _definitionName; init => _definitionName = value; }

    /// <summary>The shared definition that this node stands for; its own description and patch strategy still count.</summary>
    public Schema? Target { get; init; }

    /// <summary>Core kinds: an empty value (empty text, list or map; zero; false) is the same as none and is not stored.</summary>
    public bool OmitEmpty { get; init; }

    /// <summary>This node, or the definition it stands for.</summary>
    public Schema Resolved => Target ?? this;

    /// <summary>Reads a schema as a CustomResourceDefinition or an OpenAPI document writes it.</summary>
    public static Schema Parse(JsonObject json) => SchemaReader.Read(json);

    /// <summary>Writes the schema as OpenAPI, references as <c>$ref</c> under <paramref name="referencePrefix"/>.</summary>
    public JsonObject ToJson(string referencePrefix) => new SchemaWriter(SchemaDialect.Plain, referencePrefix).Write(this);

    /// <summary>An empty definition, to be completed when those that it refers to exist.</summary>
    internal static Schema Definition(string name) => new() { Type = "object", DefinitionName = name };

    internal void Complete(string? description, IReadOnlyDictionary<string, Schema> properties, IReadOnlyList<string> required, bool open, bool atomic)
    {
        _description = description;
        _properties = properties;
        _required = required;
        _preserveUnknownFields = open;
        _mapType = atomic ? "atomic" : null;
    }

    /// <summary>Gives a schema that nobody else has seen yet its definition's name.</summary>
    internal Schema Named(string name)
    {
        _definitionName = name;
        return this;
    }

    /// <summary>A copy of a type as it stands in one field of a core type.</summary>
    internal Schema AsField(string? description, string? listType, string? mapType, IReadOnlyList<string> keys, string? strategy, string? mergeKey, bool omitEmpty) => new()
    {
        Type = Type,
        Format = Format,
        Items = Items,
        AdditionalProperties = AdditionalProperties,
        PreserveUnknownFields = PreserveUnknownFields,
        Target = Target,
        Description = description,
        ListType = listType,
        MapType = mapType,
        ListMapKeys = keys,
        PatchStrategy = strategy,
        PatchMergeKey = mergeKey,
        OmitEmpty = omitEmpty,
    };
}
