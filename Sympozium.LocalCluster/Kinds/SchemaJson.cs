using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds;

/// <summary>Schemas from and to JSON.</summary>
internal static class SchemaJson
{
    public static Schema Read(JsonObject json)
    {
        Dictionary<string, Schema> properties = Properties(json);
        Schema? items = json["items"] is JsonObject item ? Read(item) : null;
        Schema? additional = json["additionalProperties"] switch
        {
            JsonObject any => Read(any),
            JsonValue flag when flag.TryGetValue(out bool open) && open => Schema.Open,
            _ => null,
        };
        bool hasDefault = json.ContainsKey("default");
        return new Schema
        {
            Type = Text(json, "type"),
            Format = Text(json, "format"),
            Title = Text(json, "title"),
            Description = Text(json, "description"),
            Properties = properties,
            Items = items,
            AdditionalProperties = additional,
            Required = Texts(json, "required"),
            Enum = json["enum"] is JsonArray choices ? [.. choices.Select(choice => choice?.DeepClone())] : [],
            Default = json["default"]?.DeepClone(),
            HasDefault = hasDefault,
            DefaultsBelow = hasDefault || items?.DefaultsBelow == true || additional?.DefaultsBelow == true
                || properties.Values.Any(property => property.DefaultsBelow),
            Nullable = Flag(json, "nullable"),
            PreserveUnknownFields = Flag(json, "x-kubernetes-preserve-unknown-fields"),
            IntOrString = Flag(json, "x-kubernetes-int-or-string"),
            EmbeddedResource = Flag(json, "x-kubernetes-embedded-resource"),
            ListType = Text(json, "x-kubernetes-list-type"),
            ListMapKeys = Texts(json, "x-kubernetes-list-map-keys"),
            MapType = Text(json, "x-kubernetes-map-type"),
            PatchStrategy = Text(json, "x-kubernetes-patch-strategy"),
            PatchMergeKey = Text(json, "x-kubernetes-patch-merge-key"),
            Minimum = Number(json, "minimum"),
            Maximum = Number(json, "maximum"),
            ExclusiveMinimum = Flag(json, "exclusiveMinimum"),
            ExclusiveMaximum = Flag(json, "exclusiveMaximum"),
            MultipleOf = Number(json, "multipleOf"),
            MinLength = Count(json, "minLength"),
            MaxLength = Count(json, "maxLength"),
            Pattern = Text(json, "pattern"),
            MinItems = Count(json, "minItems"),
            MaxItems = Count(json, "maxItems"),
            UniqueItems = Flag(json, "uniqueItems"),
            MinProperties = Count(json, "minProperties"),
            MaxProperties = Count(json, "maxProperties"),
            AllOf = Schemas(json, "allOf"),
            AnyOf = Schemas(json, "anyOf"),
            OneOf = Schemas(json, "oneOf"),
            Not = json["not"] is JsonObject not ? Read(not) : null,
            Validations = json["x-kubernetes-validations"]?.DeepClone() as JsonArray,
        };
    }

    private static Dictionary<string, Schema> Properties(JsonObject json)
    {
        Dictionary<string, Schema> properties = new(StringComparer.Ordinal);
        foreach ((string name, JsonNode? value) in json["properties"] as JsonObject ?? [])
        {
            properties[name] = value is JsonObject child ? Read(child) : Schema.Open;
        }

        return properties;
    }

    public static JsonObject Write(Schema schema, string referencePrefix)
    {
        JsonObject json = [];
        Put(json, "description", schema.Description);
        if (schema.Target is not null)
        {
            json["allOf"] = new JsonArray(new JsonObject { ["$ref"] = referencePrefix + schema.Target.DefinitionName });
        }
        else
        {
            WriteBody(json, schema, referencePrefix);
        }

        if (schema.HasDefault)
        {
            json["default"] = schema.Default?.DeepClone();
        }

        WriteExtensions(json, schema);
        return json;
    }

    private static void WriteBody(JsonObject json, Schema schema, string prefix)
    {
        Put(json, "title", schema.Title);
        Put(json, "type", schema.Type);
        Put(json, "format", schema.Format);
        Put(json, "items", schema.Items, prefix);
        Put(json, "additionalProperties", schema.AdditionalProperties, prefix);
        if (schema.Properties.Count > 0)
        {
            JsonObject properties = [];
            foreach ((string name, Schema property) in schema.Properties)
            {
                properties[name] = Write(property, prefix);
            }

            json["properties"] = properties;
        }

        Put(json, "required", schema.Required);
        if (schema.Enum.Count > 0)
        {
            json["enum"] = new JsonArray([.. schema.Enum.Select(choice => choice?.DeepClone())]);
        }

        Put(json, "nullable", schema.Nullable);
        WriteLimits(json, schema);
        Put(json, "allOf", schema.AllOf, prefix);
        Put(json, "anyOf", schema.AnyOf, prefix);
        Put(json, "oneOf", schema.OneOf, prefix);
        Put(json, "not", schema.Not, prefix);
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
        Put(json, "x-kubernetes-int-or-string", schema.IntOrString);
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

    private static void Put(JsonObject json, string name, Schema? schema, string prefix)
    {
        if (schema is not null)
        {
            json[name] = Write(schema, prefix);
        }
    }

    private static void Put(JsonObject json, string name, IReadOnlyList<Schema> schemas, string prefix)
    {
        if (schemas.Count > 0)
        {
            json[name] = new JsonArray([.. schemas.Select(schema => Write(schema, prefix))]);
        }
    }

    private static string? Text(JsonObject json, string name) => json[name] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    private static bool Flag(JsonObject json, string name) => json[name] is JsonValue value && value.TryGetValue(out bool flag) && flag;

    private static double? Number(JsonObject json, string name) => json[name] is JsonValue value && value.TryGetValue(out double number) ? number : null;

    private static long? Count(JsonObject json, string name) => Number(json, name) is double number ? (long)number : null;

    private static List<string> Texts(JsonObject json, string name) =>
        json[name] is JsonArray list ? [.. list.OfType<JsonValue>().Where(value => value.TryGetValue(out string? _)).Select(value => value.GetValue<string>())] : [];

    private static List<Schema> Schemas(JsonObject json, string name) =>
        json[name] is JsonArray list ? [.. list.OfType<JsonObject>().Select(Read)] : [];
}
