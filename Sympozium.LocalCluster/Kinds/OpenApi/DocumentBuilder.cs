using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.OpenApi;

/// <summary>Builds the document of some kinds: their schemas, everything those refer to, and the paths they are served at.</summary>
internal sealed class DocumentBuilder
{
    private const string Meta = "io.k8s.apimachinery.pkg.apis.meta.v1.";
    private const string Autoscaling = "io.k8s.api.autoscaling.v1.";
    private const string V3Prefix = "#/components/schemas/";
    private const string V2Prefix = "#/definitions/";

    private readonly SchemaDialect _dialect;
    private readonly IReadOnlyList<KindDefinition> _kinds;
    private readonly string _prefix;
    private readonly SchemaWriter _writer;
    private readonly SortedDictionary<string, JsonObject> _schemas = new(StringComparer.Ordinal);

    public DocumentBuilder(SchemaDialect dialect, IReadOnlyList<KindDefinition> kinds)
    {
        _dialect = dialect;
        _kinds = kinds;
        _prefix = dialect == SchemaDialect.V2 ? V2Prefix : V3Prefix;
        _writer = new SchemaWriter(dialect, _prefix);
    }

    public JsonObject V3()
    {
        Schemas();
        return new JsonObject
        {
            ["openapi"] = "3.0.0",
            ["info"] = Info(),
            ["paths"] = new PathBuilder(_dialect, _prefix).Paths(_kinds, NameOf),
            ["components"] = new JsonObject { ["schemas"] = Sorted() },
        };
    }

    public JsonObject V2()
    {
        Schemas();
        return new JsonObject
        {
            ["swagger"] = "2.0",
            ["info"] = Info(),
            ["paths"] = new PathBuilder(_dialect, _prefix).Paths(_kinds, NameOf),
            ["definitions"] = Sorted(),
        };
    }

    private static JsonObject Info() => new() { ["title"] = "Kubernetes", ["version"] = "v1.36.2" };

    /// <summary>A definition's name: groups are written backwards, <c>com.example.v1.Widget</c>.</summary>
    private static string NameOf(KindDefinition kind) =>
        kind.Schema.DefinitionName ?? $"{string.Join('.', kind.Type.Group.Split('.').Reverse())}.{kind.Type.Version}.{kind.Type.Kind}";

    private void Schemas()
    {
        foreach (KindDefinition kind in _kinds)
        {
            string name = NameOf(kind);
            JsonObject schema = kind.IsCustom ? Custom(kind) : _writer.WriteDefinition(kind.Schema);
            if (!kind.IsCustom)
            {
                FollowReferences(kind.Schema);
            }

            JsonArray kinds = schema["x-kubernetes-group-version-kind"] as JsonArray ?? [];
            kinds.Add(GroupVersionKind(kind, kind.Type.Kind));
            schema["x-kubernetes-group-version-kind"] = kinds.Parent is null ? kinds : kinds.DeepClone();
            _schemas[name] = schema;
            _schemas[ListName(name)] = List(kind, name);
            if (kind.Scale is not null)
            {
                Include(Autoscaling + "Scale");
            }
        }

        foreach (string shared in (string[])["ObjectMeta", "ListMeta", "DeleteOptions", "Status", "Patch", "Time"])
        {
            Include(Meta + shared);
        }
    }

    private static string ListName(string name) => name + "List";

    private void Include(string name)
    {
        Schema definition = CoreSchemas.Instance.Definition(name);
        if (_schemas.ContainsKey(name))
        {
            return;
        }

        _schemas[name] = _writer.WriteDefinition(definition);
        FollowReferences(definition);
    }

    private void FollowReferences(Schema schema)
    {
        foreach (Schema field in schema.Properties.Values)
        {
            Schema? innermost = field;
            while (innermost is { Target: null })
            {
                innermost = innermost.Items ?? innermost.AdditionalProperties;
            }

            if (innermost?.Target?.DefinitionName is { } name)
            {
                Include(name);
            }
        }
    }

    private JsonObject Custom(KindDefinition kind)
    {
        JsonObject schema = _writer.Write(kind.Schema);
        bool vague = schema["type"] is null;
        if (vague)
        {
            schema["type"] = "object";
        }

        JsonObject properties = schema["properties"] as JsonObject ?? [];
        if (properties.Parent is null)
        {
            schema["properties"] = properties;
        }

        Schema typical = CoreSchemas.Instance[Autoscaling + "Scale"];
        foreach (string field in (string[])["apiVersion", "kind", "metadata"])
        {
            properties[field] = _writer.Write(typical.Properties[field]);
        }

        return schema;
    }

    private JsonObject List(KindDefinition kind, string name)
    {
        JsonObject reference = new() { ["$ref"] = _prefix + name };
        Schema typical = CoreSchemas.Instance[Autoscaling + "Scale"];
        JsonObject metadata = _dialect == SchemaDialect.V2
            ? new JsonObject { ["$ref"] = _prefix + Meta + "ListMeta" }
            : new JsonObject { ["allOf"] = new JsonArray(new JsonObject { ["$ref"] = _prefix + Meta + "ListMeta" }) };
        metadata["description"] = "Version of the list and where it goes on.";
        return new JsonObject
        {
            ["description"] = $"A list of {kind.Type.Kind}.",
            ["type"] = "object",
            ["required"] = new JsonArray("items"),
            ["properties"] = new JsonObject
            {
                ["apiVersion"] = _writer.Write(typical.Properties["apiVersion"]),
                ["items"] = new JsonObject { ["description"] = "The objects.", ["type"] = "array", ["items"] = reference },
                ["kind"] = _writer.Write(typical.Properties["kind"]),
                ["metadata"] = metadata,
            },
            ["x-kubernetes-group-version-kind"] = new JsonArray(GroupVersionKind(kind, kind.ListKind)),
        };
    }

    private static JsonObject GroupVersionKind(KindDefinition kind, string name) =>
        new() { ["group"] = kind.Type.Group, ["kind"] = name, ["version"] = kind.Type.Version };

    private JsonObject Sorted()
    {
        JsonObject sorted = [];
        foreach ((string name, JsonObject schema) in _schemas)
        {
            sorted[name] = schema;
        }

        return sorted;
    }
}
