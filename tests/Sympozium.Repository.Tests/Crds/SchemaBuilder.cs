using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Sympozium.Abstractions.Resources;

namespace Sympozium.Repository.Tests.Crds;

/// <summary>
/// Structural schemas of the records of Abstractions: types, descriptions, enums, defaults, bounds, lists with keys. A default below a list
/// is said in the description only: the API server would write it into each item, and since a merge patch replaces lists whole, every
/// <c>kubectl apply</c> of an unchanged manifest would find a difference (docs/decisions/0019).
/// </summary>
internal static class SchemaBuilder
{
    private static readonly XmlSummaries Summaries = new(typeof(AgentRunSpec));

    private static readonly NullabilityInfoContext Nullability = new();

    public static string Summary(Type type) => Summaries.Of(type);

    public static JsonObject Record(Type type) => Record(type, inList: false);

    private static JsonObject Record(Type type, bool inList)
    {
        var properties = new JsonObject();
        var required = new JsonArray();
        foreach (PropertyInfo property in type.GetProperties())
        {
            string name = property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            string description = Summaries.Of(type, property.Name);
            JsonObject schema = Property(property, inList);
            if (property.GetCustomAttribute<DefaultValueAttribute>() is { } value)
            {
                if (inList)
                {
                    description += $" Default {JsonSerializer.SerializeToNode(value.Value)}.";
                }
                else
                {
                    schema["default"] = JsonSerializer.SerializeToNode(value.Value);
                }
            }

            properties[name] = Described(schema, description);
            if (property.IsDefined(typeof(RequiredMemberAttribute)) && Nullability.Create(property).WriteState is NullabilityState.NotNull)
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

    /// <summary>Any value at all.</summary>
    public static JsonObject Anything() => new() { ["x-kubernetes-preserve-unknown-fields"] = true };

    /// <summary>Any object.</summary>
    public static JsonObject Open() => new() { ["type"] = "object", ["x-kubernetes-preserve-unknown-fields"] = true };

    /// <summary>The description first, as people read it.</summary>
    public static JsonObject Described(JsonObject schema, string description)
    {
        schema.Remove("description");
        schema.Insert(0, "description", description);
        return schema;
    }

    private static JsonObject Property(PropertyInfo property, bool inList)
    {
        JsonObject schema = Value(property.PropertyType, property, inList);
        JsonObject texts = schema["items"] as JsonObject ?? schema;
        if (property.GetCustomAttribute<AllowedWordsAttribute>() is { } allowed)
        {
            texts["enum"] = new JsonArray([.. allowed.Words.Select(word => (JsonNode)word)]);
        }

        if (property.GetCustomAttribute<RegularExpressionAttribute>() is { } expression)
        {
            texts["pattern"] = expression.Pattern;
        }

        if (property.GetCustomAttribute<StringLengthAttribute>() is { } length)
        {
            Bound(texts, "minLength", length.MinimumLength, 0);
            Bound(texts, "maxLength", length.MaximumLength, 0);
        }

        if (property.GetCustomAttribute<RangeAttribute>() is { } range)
        {
            schema["minimum"] = Convert.ToInt64(range.Minimum, CultureInfo.InvariantCulture);
            Bound(schema, "maximum", Convert.ToInt64(range.Maximum, CultureInfo.InvariantCulture), int.MaxValue);
        }

        if (property.GetCustomAttribute<ItemsAttribute>() is { } items)
        {
            Items(schema, items);
        }

        return schema;
    }

    private static void Items(JsonObject schema, ItemsAttribute items)
    {
        Bound(schema, "minItems", items.Min, 0);
        Bound(schema, "maxItems", items.Max, 0);
        if (items.MaxLength > 0)
        {
            schema["items"]!["maxLength"] = items.MaxLength;
        }

        if (items.Key is not null)
        {
            schema["x-kubernetes-list-type"] = "map";
            schema["x-kubernetes-list-map-keys"] = new JsonArray(items.Key);
        }
    }

    private static void Bound(JsonObject schema, string keyword, long value, long nothing)
    {
        if (value != nothing)
        {
            schema[keyword] = value;
        }
    }

    private static JsonObject Value(Type type, PropertyInfo property, bool inList)
    {
        Type plain = Nullable.GetUnderlyingType(type) ?? type;
        return plain switch
        {
            _ when plain == typeof(string) => Typed("string"),
            _ when plain == typeof(bool) => Typed("boolean"),
            _ when plain == typeof(int) => Typed("integer", "int32"),
            _ when plain == typeof(long) => Typed("integer", "int64"),
            _ when plain == typeof(DateTimeOffset) => Typed("string", "date-time"),
            _ when plain == typeof(JsonNode) => property.IsDefined(typeof(QuantityAttribute)) ? Quantity() : Anything(),
            _ when plain == typeof(JsonObject) => Object(property),
            { IsGenericType: true } when plain.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>) =>
                new JsonObject { ["type"] = "object", ["additionalProperties"] = Value(plain.GenericTypeArguments[1], property, inList) },
            { IsGenericType: true } => new JsonObject { ["type"] = "array", ["items"] = Value(plain.GenericTypeArguments[0], property, inList: true) },
            _ => Record(plain, inList),
        };
    }

    /// <summary>An object of Kubernetes whose main fields are named, or any object.</summary>
    private static JsonObject Object(PropertyInfo property)
    {
        if (property.GetCustomAttribute<PassedThroughAttribute>() is not { } passed)
        {
            return Open();
        }

        JsonObject schema = Record(passed.Shape, inList: true);
        schema["x-kubernetes-preserve-unknown-fields"] = true;
        return schema;
    }

    /// <summary>As Kubernetes' own generator writes a quantity.</summary>
    private static JsonObject Quantity() => new()
    {
        ["anyOf"] = new JsonArray(Typed("integer"), Typed("string")),
        ["pattern"] = QuantityAttribute.Pattern,
        ["x-kubernetes-int-or-string"] = true,
    };

    private static JsonObject Typed(string type, string? format = null)
    {
        var schema = new JsonObject { ["type"] = type };
        if (format is not null)
        {
            schema["format"] = format;
        }

        return schema;
    }
}
