using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds;

/// <summary>Schemas from JSON.</summary>
internal static class SchemaReader
{
    public static Schema Read(JsonObject json)
    {
        Dictionary<string, Schema> properties = Properties(json);
        Schema? items = json["items"] is JsonObject item ? Read(item) : null;
        Schema? additional = json["additionalProperties"] switch
        {
            JsonObject any => Read(any),
            JsonValue flag when flag.TryGetValue(out bool open) && open => Schema.Anything,
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

    private static string? Text(JsonObject json, string name) => json[name] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    private static bool Flag(JsonObject json, string name) => json[name] is JsonValue value && value.TryGetValue(out bool flag) && flag;

    private static double? Number(JsonObject json, string name) => GoJson.Number(json[name]);

    private static long? Count(JsonObject json, string name) => Number(json, name) is double number ? (long)number : null;

    private static List<string> Texts(JsonObject json, string name) =>
        json[name] is JsonArray list ? [.. list.OfType<JsonValue>().Where(value => value.TryGetValue(out string? _)).Select(value => value.GetValue<string>())] : [];

    private static List<Schema> Schemas(JsonObject json, string name) =>
        json[name] is JsonArray list ? [.. list.OfType<JsonObject>().Select(Read)] : [];
}
