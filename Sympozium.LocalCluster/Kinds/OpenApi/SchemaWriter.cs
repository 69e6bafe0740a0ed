using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.OpenApi;

/// <summary>Who shall read a written schema.</summary>
internal enum SchemaDialect
{
    /// <summary>As a CustomResourceDefinition has it.</summary>
    Plain,

    /// <summary>OpenAPI 2 (Swagger), for clients before kubectl 1.24: nothing that they would take as a stricter rule than it is.</summary>
    V2,

    /// <summary>OpenAPI 3.</summary>
    V3,
}

/// <summary>Schemas to JSON, definitions as references.</summary>
internal sealed class SchemaWriter(SchemaDialect dialect, string referencePrefix)
{
    /// <summary>The definition itself, not a reference to it.</summary>
    public JsonObject WriteDefinition(Schema schema)
    {
        JsonObject json = [];
        Put(json, "description", schema.Description);
        WriteBody(json, schema);
        WriteExtensions(json, schema);
        return json;
    }

    public JsonObject Write(Schema schema)
    {
        JsonObject json = [];
        Put(json, "description", schema.Description);
        if (schema.Target?.DefinitionName is { } name)
        {
            Reference(json, name);
        }
        else
        {
            WriteBody(json, schema);
        }

        if (schema.HasDefault && dialect != SchemaDialect.V2)
        {
            json["default"] = schema.Default?.DeepClone();
        }

        WriteExtensions(json, schema);
        return json;
    }

    private void Reference(JsonObject json, string name)
    {
        string reference = referencePrefix + name;
        if (dialect == SchemaDialect.V2)
        {
            json["$ref"] = reference;
        }
        else
        {
            json["allOf"] = new JsonArray(new JsonObject { ["$ref"] = reference });
        }
    }

    private void WriteBody(JsonObject json, Schema schema)
    {
        Put(json, "title", schema.Title);
        if (schema.DefinitionName is not null && schema.Format is "quantity" or "int-or-string")
        {
            Scalar(json, schema);
            return;
        }

        Put(json, "format", schema.Format);
        bool vague = dialect == SchemaDialect.V2 && schema.DefinitionName is null && (schema.IntOrString || schema.Nullable || schema.PreserveUnknownFields);
        if (vague)
        {
            return;
        }

        Put(json, "type", schema.Type);
        Put(json, "items", schema.Items);
        Put(json, "additionalProperties", schema.AdditionalProperties);
        Properties(json, schema);
        Put(json, "required", schema.Required);
        if (schema.Enum.Count > 0)
        {
            json["enum"] = new JsonArray([.. schema.Enum.Select(choice => choice?.DeepClone())]);
        }

        WriteLimits(json, schema);
        if (dialect == SchemaDialect.V2)
        {
            return;
        }

        Put(json, "nullable", schema.Nullable);
        Combinations(json, schema);
    }

    private void Combinations(JsonObject json, Schema schema)
    {
        Put(json, "allOf", schema.AllOf);
        Put(json, "anyOf", schema.AnyOf);
        Put(json, "oneOf", schema.OneOf);
        Put(json, "not", schema.Not);
        if (dialect == SchemaDialect.V3 && schema.IntOrString && schema.AnyOf.Count == 0)
        {
            json["anyOf"] = new JsonArray(new JsonObject { ["type"] = "integer" }, new JsonObject { ["type"] = "string" });
        }
    }

    /// <summary>Built-in types that are written as more than one JSON type.</summary>
    private void Scalar(JsonObject json, Schema schema)
    {
        bool amount = schema.Format == "quantity";
        if (!amount)
        {
            json["format"] = "int-or-string";
        }

        if (dialect == SchemaDialect.V2)
        {
            json["type"] = "string";
            return;
        }

        json["oneOf"] = amount
            ? new JsonArray(new JsonObject { ["type"] = "string" }, new JsonObject { ["type"] = "number" })
            : new JsonArray(new JsonObject { ["type"] = "integer" }, new JsonObject { ["type"] = "string" });
    }

    private void Properties(JsonObject json, Schema schema)
    {
        if (schema.Properties.Count == 0)
        {
            return;
        }

        JsonObject properties = [];
        foreach ((string name, Schema property) in schema.Properties.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            properties[name] = Write(property);
        }

        json["properties"] = properties;
    }

    private static void WriteLimits(JsonObject json, Schema schema)
    {
        Put(json, "minimum", schema.Minimum);
        Put(json, "maximum", schema.Maximum);
        Put(json, "exclusiveMinimum", schema.ExclusiveMinimum);
        Put(json, "exclusiveMaximum", schema.ExclusiveMaximum);
        Put(json, "multipleOf", schema.MultipleOf);
        Put(json, "minLength", schema.MinLength);
        Put(json, "maxLength", schema.MaxLength);
        Put(json, "pattern", schema.Pattern);
        Put(json, "minItems", schema.MinItems);
        Put(json, "maxItems", schema.MaxItems);
        Put(json, "uniqueItems", schema.UniqueItems);
        Put(json, "minProperties", schema.MinProperties);
        Put(json, "maxProperties", schema.MaxProperties);
    }

    private static void WriteExtensions(JsonObject json, Schema schema)
    {
        Put(json, "x-kubernetes-preserve-unknown-fields", schema.PreserveUnknownFields);
        if (schema.DefinitionName is null)
        {
            Put(json, "x-kubernetes-int-or-string", schema.IntOrString);
        }

        Put(json, "x-kubernetes-embedded-resource", schema.EmbeddedResource);
        Put(json, "x-kubernetes-list-type", schema.ListType);
        Put(json, "x-kubernetes-list-map-keys", schema.ListMapKeys);
        Put(json, "x-kubernetes-map-type", schema.MapType);
        Put(json, "x-kubernetes-patch-strategy", schema.PatchStrategy);
        Put(json, "x-kubernetes-patch-merge-key", schema.PatchMergeKey);
        if (schema.Validations is not null)
        {
            json["x-kubernetes-validations"] = schema.Validations.DeepClone();
        }
    }

    private static void Put(JsonObject json, string name, string? value)
    {
        if (value is not null)
        {
            json[name] = value;
        }
    }

    private static void Put(JsonObject json, string name, bool value)
    {
        if (value)
        {
            json[name] = true;
        }
    }

    private static void Put(JsonObject json, string name, long? value)
    {
        if (value is not null)
        {
            json[name] = value.Value;
        }
    }

    private static void Put(JsonObject json, string name, double? value)
    {
        if (value is double number)
        {
            json[name] = number == Math.Floor(number) && Math.Abs(number) < 1e15 ? JsonValue.Create((long)number) : JsonValue.Create(number);
        }
    }

    private static void Put(JsonObject json, string name, IReadOnlyList<string> values)
    {
        if (values.Count > 0)
        {
            json[name] = new JsonArray([.. values.Select(value => JsonValue.Create(value))]);
        }
    }

    private void Put(JsonObject json, string name, Schema? schema)
    {
        if (schema is not null)
        {
            json[name] = Write(schema);
        }
    }

    private void Put(JsonObject json, string name, IReadOnlyList<Schema> schemas)
    {
        if (schemas.Count > 0)
        {
            json[name] = new JsonArray([.. schemas.Select(Write)]);
        }
    }
}
