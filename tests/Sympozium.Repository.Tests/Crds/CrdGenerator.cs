using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Sympozium.Abstractions.Resources;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Manifests;

namespace Sympozium.Repository.Tests.Crds;

/// <summary>Makes the CRDs from the records of Abstractions: fields, descriptions, enums, and the second spellings from their rules.</summary>
internal static class CrdGenerator
{
    private static readonly XmlSummaries Summaries = new(typeof(AgentRunSpec));

    public static string Generate(CrdDefinition definition)
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
            names["shortNames"] = new JsonArray([.. definition.ShortNames.Select(name => (JsonNode)name)]);
        }

        var crd = new JsonObject
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
        return "# Generated from Sympozium.Abstractions/Resources; do not edit. To write anew: SYMPOZIUM_REGENERATE=1 dotnet test tests/Sympozium.Repository.Tests\n"
            + YamlWriter.Write(crd);
    }

    private static JsonObject Version(CrdDefinition definition) => new()
    {
        ["name"] = definition.Type.Version,
        ["served"] = true,
        ["storage"] = true,
        ["additionalPrinterColumns"] = new JsonArray([.. definition.Columns.Select(column => new JsonObject
        {
            ["name"] = column.Name,
            ["type"] = column.Type,
            ["jsonPath"] = column.Path,
        })]),
        ["schema"] = new JsonObject
        {
            ["openAPIV3Schema"] = new JsonObject
            {
                ["description"] = Summaries.Of(definition.Spec),
                ["type"] = "object",
                ["properties"] = new JsonObject
                {
                    ["apiVersion"] = new JsonObject { ["type"] = "string" },
                    ["kind"] = new JsonObject { ["type"] = "string" },
                    ["metadata"] = new JsonObject { ["type"] = "object" },
                    ["spec"] = Spec(definition),
                    ["status"] = Record(definition.Status),
                },
                ["required"] = new JsonArray("spec"),
            },
        },
        ["subresources"] = new JsonObject { ["status"] = new JsonObject() },
    };

    private static JsonObject Spec(CrdDefinition definition)
    {
        JsonObject spec = Record(definition.Spec);
        spec["description"] = "What is wanted.";
        var properties = (JsonObject)spec["properties"]!;
        foreach (IGrouping<string, SpellingRule> rules in definition.Spellings.GroupBy(rule => rule.From))
        {
            SpellingRule rule = rules.First();
            if (rule.From == rule.To)
            {
                properties[rule.From]!["items"] = Anything();
                continue;
            }

            string[] path = rule.From.Split('.');
            JsonObject target = path[..^1].Aggregate(properties, (parent, part) => (JsonObject)parent[part]!["properties"]!);
            target[path[^1]] = rule.Convert is null ? Alias(properties, rule) : Described(Anything(), rule.Description!);
        }

        if (definition.Spec == typeof(InstanceSpec))
        {
            properties[Spellings.SkillConfig] = Described(Anything(), "Parameters of skill packs by name; another spelling of params in skills.");
        }

        return spec;
    }

    private static JsonObject Alias(JsonObject properties, SpellingRule rule)
    {
        string[] path = rule.To.Split('.');
        JsonObject parent = path[..^1].Aggregate(properties, (current, part) => (JsonObject)current[part]!["properties"]!);
        return Described((JsonObject)parent[path[^1]]!.DeepClone(), $"Another spelling of {rule.To}.");
    }

    private static JsonObject Record(Type type)
    {
        var properties = new JsonObject();
        var required = new JsonArray();
        var nullability = new NullabilityInfoContext();
        foreach (PropertyInfo property in type.GetProperties())
        {
            string name = property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            JsonObject schema = Value(property.PropertyType);
            if (property.GetCustomAttribute<AllowedWordsAttribute>() is { } allowed)
            {
                schema["enum"] = new JsonArray([.. allowed.Words.Select(word => (JsonNode)word)]);
            }

            properties[name] = Described(schema, Summaries.Of(type, property.Name));
            if (property.IsDefined(typeof(RequiredMemberAttribute)) && nullability.Create(property).WriteState is NullabilityState.NotNull)
            {
                required.Add(name);
            }
        }

        var record = new JsonObject { ["description"] = Summaries.Of(type), ["type"] = "object", ["properties"] = properties };
        if (required.Count > 0)
        {
            record["required"] = required;
        }

        return record;
    }

    private static JsonObject Value(Type type)
    {
        Type plain = Nullable.GetUnderlyingType(type) ?? type;
        return plain switch
        {
            _ when plain == typeof(string) => Typed("string"),
            _ when plain == typeof(bool) => Typed("boolean"),
            _ when plain == typeof(int) => Typed("integer", "int32"),
            _ when plain == typeof(long) => Typed("integer", "int64"),
            _ when plain == typeof(DateTimeOffset) => Typed("string", "date-time"),
            _ when plain == typeof(JsonNode) => Anything(),
            _ when plain == typeof(JsonObject) => new JsonObject { ["type"] = "object", ["x-kubernetes-preserve-unknown-fields"] = true },
            { IsGenericType: true } when plain.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>) =>
                new JsonObject { ["type"] = "object", ["additionalProperties"] = Value(plain.GenericTypeArguments[1]) },
            { IsGenericType: true } => new JsonObject { ["type"] = "array", ["items"] = Value(plain.GenericTypeArguments[0]) },
            _ => Record(plain),
        };
    }

    private static JsonObject Typed(string type, string? format = null)
    {
        var schema = new JsonObject { ["type"] = type };
        if (format is not null)
        {
            schema["format"] = format;
        }

        return schema;
    }

    private static JsonObject Anything() => new() { ["x-kubernetes-preserve-unknown-fields"] = true };

    /// <summary>The description first, as people read it.</summary>
    private static JsonObject Described(JsonObject schema, string description)
    {
        schema.Remove("description");
        schema.Insert(0, "description", description);
        return schema;
    }
}
