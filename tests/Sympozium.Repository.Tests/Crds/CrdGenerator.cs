using System.Text.Json.Nodes;
using Sympozium.Abstractions.Resources;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Manifests;

namespace Sympozium.Repository.Tests.Crds;

/// <summary>Makes the CRDs from the records of Abstractions: the schemas, the second spellings from their rules, columns and subresources.</summary>
internal static class CrdGenerator
{
    private const string Head =
        "# Generated from Sympozium.Abstractions/Resources; do not edit. To write anew: SYMPOZIUM_REGENERATE=1 ./test --project Repository\n";

    public static string Generate(CrdDefinition definition) => Head + YamlWriter.Write(Definition(definition));

    /// <summary>The CustomResourceDefinition itself.</summary>
    public static JsonObject Definition(CrdDefinition definition)
    {
        ResourceType type = definition.Type;
        var names = new JsonObject
        {
            ["categories"] = new JsonArray("sympozium"),
            ["kind"] = type.Kind,
            ["listKind"] = type.Kind + "List",
            ["plural"] = type.Plural,
            ["singular"] = type.Kind.ToLowerInvariant(),
        };
        if (definition.ShortNames.Length > 0)
        {
            names["shortNames"] = Texts(definition.ShortNames);
        }

        return new JsonObject
        {
            ["apiVersion"] = CoreTypes.CustomResourceDefinitions.ApiVersion,
            ["kind"] = CoreTypes.CustomResourceDefinitions.Kind,
            ["metadata"] = new JsonObject { ["name"] = $"{type.Plural}.{type.Group}" },
            ["spec"] = new JsonObject
            {
                ["group"] = type.Group,
                ["names"] = names,
                ["scope"] = "Namespaced",
                ["versions"] = new JsonArray(Version(definition)),
            },
        };
    }

    private static JsonObject Version(CrdDefinition definition)
    {
        var version = new JsonObject
        {
            ["name"] = definition.Type.Version,
            ["served"] = true,
            ["storage"] = true,
            ["additionalPrinterColumns"] = new JsonArray([.. definition.Columns.Select(Column)]),
            ["schema"] = new JsonObject { ["openAPIV3Schema"] = Schema(definition) },
            ["subresources"] = new JsonObject { ["status"] = new JsonObject() },
        };
        if (definition.Scales)
        {
            version["subresources"]!["scale"] = new JsonObject
            {
                ["specReplicasPath"] = ".spec.replicas",
                ["statusReplicasPath"] = ".status.replicas",
                ["labelSelectorPath"] = ".status.selector",
            };
        }

        if (definition.SelectableFields.Length > 0)
        {
            version["selectableFields"] = new JsonArray([.. definition.SelectableFields.Select(path => new JsonObject { ["jsonPath"] = path })]);
        }

        return version;
    }

    private static JsonObject Column(PrinterColumn column)
    {
        var json = new JsonObject
        {
            ["name"] = column.Name,
            ["type"] = column.Type,
            ["jsonPath"] = column.Path,
            ["description"] = column.Description,
        };
        if (column.Wide)
        {
            json["priority"] = 1;
        }

        return json;
    }

    private static JsonObject Schema(CrdDefinition definition) => new()
    {
        ["description"] = SchemaBuilder.Summary(definition.Spec),
        ["type"] = "object",
        ["properties"] = new JsonObject
        {
            ["apiVersion"] = new JsonObject { ["type"] = "string" },
            ["kind"] = new JsonObject { ["type"] = "string" },
            ["metadata"] = new JsonObject { ["type"] = "object" },
            ["spec"] = Spec(definition),
            ["status"] = SchemaBuilder.Record(definition.Status),
        },
        ["required"] = new JsonArray("spec"),
    };

    private static JsonObject Spec(CrdDefinition definition)
    {
        JsonObject spec = SchemaBuilder.Record(definition.Spec);
        spec["description"] = "What is wanted.";

        // The deepest first: the second spelling of a list has the second spellings of its items.
        foreach (SpellingRule rule in definition.Spellings.OrderByDescending(rule => rule.From.Split('.').Length))
        {
            (JsonObject parent, string name) = Find(spec, rule.From);
            if (rule.From == rule.To)
            {
                Loosen(parent, name, rule);
            }
            else if (parent[name] is null)
            {
                parent[name] = rule.Convert is null ? Alias(spec, rule) : SchemaBuilder.Described(SchemaBuilder.Anything(), rule.Description!);
            }
        }

        if (definition.Spec == typeof(InstanceSpec))
        {
            spec["properties"]![Spellings.SkillConfig] = SchemaBuilder.Described(
                new JsonObject { ["type"] = "object", ["additionalProperties"] = SchemaBuilder.Open() },
                "Parameters of skill packs by name; another spelling of params in skills.");
        }

        return spec;
    }

    /// <summary>A value of several forms: the items of a list of names or objects, the whole of a list or map. A text stays a text.</summary>
    private static void Loosen(JsonObject parent, string name, SpellingRule rule)
    {
        if (rule.AnyType)
        {
            parent[name] = SchemaBuilder.Described(SchemaBuilder.Anything(), (string)parent[name]!["description"]!);
        }
        else if ((string?)parent[name]!["type"] == "array")
        {
            parent[name]!["items"] = SchemaBuilder.Anything();
        }
    }

    private static JsonObject Alias(JsonObject spec, SpellingRule rule)
    {
        (JsonObject parent, string name) = Find(spec, rule.To);
        return SchemaBuilder.Described((JsonObject)parent[name]!.DeepClone(), $"Another spelling of {rule.To.Split('.')[^1]}.");
    }

    /// <summary>The properties that hold the last part of a path, and that part.</summary>
    private static (JsonObject Properties, string Name) Find(JsonObject spec, string path)
    {
        string[] parts = path.Split('.');
        JsonObject schema = parts[..^1].Aggregate(spec, (current, part) =>
        {
            JsonNode property = current["properties"]![part.TrimEnd('[', ']')]!;
            return (JsonObject)(part.EndsWith(']') ? property["items"]! : property);
        });
        return ((JsonObject)schema["properties"]!, parts[^1]);
    }

    private static JsonArray Texts(IEnumerable<string> texts) => [.. texts.Select(text => (JsonNode)text)];
}
