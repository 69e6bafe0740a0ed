using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds.Rules;

namespace Sympozium.LocalCluster.Kinds.OpenApi;

/// <summary>
/// A Swagger document in the protobuf form of gnostic's <c>openapi.v2</c>, the only one in which kubectl asks for it. Field numbers are those
/// of https://github.com/google/gnostic/blob/main/openapiv2/OpenAPIv2.proto.
/// </summary>
internal static class SwaggerProtobuf
{
    private static readonly (string Verb, int Field)[] Verbs = [("get", 2), ("put", 3), ("post", 4), ("delete", 5), ("patch", 8)];

    public static byte[] Write(JsonObject document)
    {
        ProtobufWriter writer = new();
        writer.Text(1, document.Text("swagger"));
        writer.Message(2, info =>
        {
            info.Text(1, document.Map("info").Text("title"));
            info.Text(2, document.Map("info").Text("version"));
        });
        writer.Message(8, paths =>
        {
            foreach ((string path, JsonNode? item) in document.Map("paths") ?? [])
            {
                paths.Message(2, named =>
                {
                    named.Text(1, path);
                    named.Message(2, value => PathItem(value, (JsonObject)item!));
                });
            }
        });
        writer.Message(9, definitions => Named(definitions, document.Map("definitions") ?? []));
        return writer.Written.ToArray();
    }

    private static void Named(ProtobufWriter writer, JsonObject schemas)
    {
        foreach ((string name, JsonNode? schema) in schemas)
        {
            writer.Message(1, named =>
            {
                named.Text(1, name);
                named.Message(2, value => Schema(value, (JsonObject)schema!));
            });
        }
    }

    private static void PathItem(ProtobufWriter writer, JsonObject item)
    {
        foreach ((string verb, int field) in Verbs)
        {
            if (item.Map(verb) is { } operation)
            {
                writer.Message(field, value => Operation(value, operation));
            }
        }

        Parameters(writer, 9, item);
    }

    private static void Operation(ProtobufWriter writer, JsonObject operation)
    {
        foreach (JsonNode? type in operation["consumes"] as JsonArray ?? [])
        {
            writer.Text(7, GoJson.Text(type));
        }

        Parameters(writer, 8, operation);
        writer.Message(9, responses =>
        {
            foreach ((string code, JsonNode? response) in operation.Map("responses") ?? [])
            {
                responses.Message(1, named =>
                {
                    named.Text(1, code);
                    named.Message(2, value => value.Message(1, answer =>
                    {
                        answer.Text(1, (response as JsonObject).Text("description"));
                        answer.Message(2, item => item.Message(1, schema => Schema(schema, (response as JsonObject).Map("schema") ?? [])));
                    }));
                });
            }
        });
        Extensions(writer, 13, operation);
    }

    private static void Parameters(ProtobufWriter writer, int field, JsonObject owner)
    {
        foreach ((_, JsonObject parameter) in owner.Items("parameters"))
        {
            writer.Message(field, item => item.Message(1, choice => Parameter(choice, parameter)));
        }
    }

    private static void Parameter(ProtobufWriter writer, JsonObject parameter)
    {
        switch (parameter.Text("in"))
        {
            case "body":
                writer.Message(1, body =>
                {
                    body.Text(2, parameter.Text("name"));
                    body.Text(3, "body");
                    body.Flag(4, parameter.IsTrue("required"));
                    body.Message(5, schema => Schema(schema, parameter.Map("schema") ?? []));
                });
                break;
            case "path":
                writer.Message(2, other => other.Message(4, path => Simple(path, parameter, typeField: 5, uniqueField: 18)));
                break;
            default:
                writer.Message(2, other => other.Message(3, query => Simple(query, parameter, typeField: 6, uniqueField: 20)));
                break;
        }
    }

    private static void Simple(ProtobufWriter writer, JsonObject parameter, int typeField, int uniqueField)
    {
        writer.Flag(1, parameter.IsTrue("required"));
        writer.Text(2, parameter.Text("in"));
        writer.Text(4, parameter.Text("name"));
        writer.Text(typeField, parameter.Text("type"));
        writer.Flag(uniqueField, parameter.IsTrue("uniqueItems"));
    }

    private static void Schema(ProtobufWriter writer, JsonObject schema)
    {
        writer.Text(1, schema.Text("$ref"));
        writer.Text(2, schema.Text("format"));
        writer.Text(3, schema.Text("title"));
        writer.Text(4, schema.Text("description"));
        Limits(writer, schema);
        foreach (JsonNode? name in schema["required"] as JsonArray ?? [])
        {
            writer.TextOrEmpty(19, GoJson.Text(name) ?? "");
        }

        foreach (JsonNode? choice in schema["enum"] as JsonArray ?? [])
        {
            writer.Message(20, any => any.Text(2, (choice?.ToJsonString(JsonText.Relaxed) ?? "null") + "\n"));
        }

        if (schema.Map("additionalProperties") is { } additional)
        {
            writer.Message(21, item => item.Message(1, value => Schema(value, additional)));
        }

        if (schema.Text("type") is { Length: > 0 } type)
        {
            writer.Message(22, item => item.Text(1, type));
        }

        if (schema.Map("items") is { } items)
        {
            writer.Message(23, item => item.Message(1, value => Schema(value, items)));
        }

        if (schema.Map("properties") is { Count: > 0 } properties)
        {
            writer.Message(25, value => Named(value, properties));
        }

        Extensions(writer, 31, schema);
    }

    private static void Limits(ProtobufWriter writer, JsonObject schema)
    {
        writer.Real(6, GoJson.Number(schema["multipleOf"]));
        writer.Real(7, GoJson.Number(schema["maximum"]));
        writer.Flag(8, schema.IsTrue("exclusiveMaximum"));
        writer.Real(9, GoJson.Number(schema["minimum"]));
        writer.Flag(10, schema.IsTrue("exclusiveMinimum"));
        writer.Integer(11, schema.Integer("maxLength"));
        writer.Integer(12, schema.Integer("minLength"));
        writer.Text(13, schema.Text("pattern"));
        writer.Integer(14, schema.Integer("maxItems"));
        writer.Integer(15, schema.Integer("minItems"));
        writer.Flag(16, schema.IsTrue("uniqueItems"));
        writer.Integer(17, schema.Integer("maxProperties"));
        writer.Integer(18, schema.Integer("minProperties"));
    }

    /// <summary>Extensions travel as YAML; JSON is YAML.</summary>
    private static void Extensions(ProtobufWriter writer, int field, JsonObject owner)
    {
        foreach ((string name, JsonNode? value) in owner)
        {
            if (!name.StartsWith("x-", StringComparison.Ordinal))
            {
                continue;
            }

            writer.Message(field, named =>
            {
                named.Text(1, name);
                named.Message(2, any => any.Text(2, (value?.ToJsonString(JsonText.Relaxed) ?? "null") + "\n"));
            });
        }
    }
}
