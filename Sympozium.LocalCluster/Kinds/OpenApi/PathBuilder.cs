using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.OpenApi;

/// <summary>
/// The paths of the documents: as much as clients look at, which is which verbs there are, which media types a patch may have and which
/// query parameters (dryRun, fieldValidation) are understood.
/// </summary>
internal sealed class PathBuilder(SchemaDialect dialect, string prefix)
{
    private static readonly string[] CorePatches =
        ["application/apply-patch+yaml", "application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json"];

    private static readonly string[] CustomPatches = ["application/apply-patch+yaml", "application/json-patch+json", "application/merge-patch+json"];

    private static readonly string[] Write = ["dryRun", "fieldManager", "fieldValidation"];

    private static readonly string[] Patch = ["dryRun", "fieldManager", "fieldValidation", "force"];

    private static readonly string[] Read = ["resourceVersion"];

    private static readonly string[] List =
        ["allowWatchBookmarks", "continue", "fieldSelector", "labelSelector", "limit", "resourceVersion", "sendInitialEvents", "timeoutSeconds", "watch"];

    private static readonly string[] Delete = ["dryRun", "gracePeriodSeconds", "orphanDependents", "propagationPolicy"];

    public JsonObject Paths(IReadOnlyList<KindDefinition> kinds, Func<KindDefinition, string> nameOf)
    {
        SortedDictionary<string, JsonObject> paths = new(StringComparer.Ordinal);
        foreach (KindDefinition kind in kinds)
        {
            string schema = nameOf(kind);
            string root = kind.Type.Group.Length == 0 ? $"/api/{kind.Type.Version}" : $"/apis/{kind.Type.ApiVersion}";
            string collection = kind.Type.Namespaced ? $"{root}/namespaces/{{namespace}}/{kind.Type.Plural}" : $"{root}/{kind.Type.Plural}";
            paths[collection] = Collection(kind, schema);
            paths[$"{collection}/{{name}}"] = One(kind, schema, delete: true);
            if (kind.Type.Namespaced)
            {
                paths[$"{root}/{kind.Type.Plural}"] = AllNamespaces(kind, schema);
            }

            if (kind.HasStatus)
            {
                paths[$"{collection}/{{name}}/status"] = One(kind, schema, delete: false);
            }

            if (kind.Scale is not null)
            {
                paths[$"{collection}/{{name}}/scale"] = One(kind, "io.k8s.api.autoscaling.v1.Scale", delete: false);
            }
        }

        JsonObject sorted = [];
        foreach ((string path, JsonObject item) in paths)
        {
            sorted[path] = item;
        }

        return sorted;
    }

    private JsonObject Collection(KindDefinition kind, string schema) => new()
    {
        ["get"] = Operation(kind, "list", schema + "List", null, List),
        ["post"] = Operation(kind, "post", schema, schema, Write),
        ["delete"] = Operation(kind, "deletecollection", "io.k8s.apimachinery.pkg.apis.meta.v1.Status", null, [.. Delete, .. List]),
        ["parameters"] = PathParameters(kind, named: false),
    };

    private JsonObject AllNamespaces(KindDefinition kind, string schema) => new()
    {
        ["get"] = Operation(kind, "list", schema + "List", null, List),
    };

    private JsonObject One(KindDefinition kind, string schema, bool delete)
    {
        JsonObject item = new()
        {
            ["get"] = Operation(kind, "get", schema, null, Read),
            ["put"] = Operation(kind, "put", schema, schema, Write),
            ["patch"] = PatchOperation(kind, schema),
            ["parameters"] = PathParameters(kind, named: true),
        };
        if (delete)
        {
            item["delete"] = Operation(kind, "delete", "io.k8s.apimachinery.pkg.apis.meta.v1.Status", null, Delete);
        }

        return item;
    }

    private JsonObject PatchOperation(KindDefinition kind, string schema)
    {
        string[] types = kind.IsCustom ? CustomPatches : CorePatches;
        const string Body = "io.k8s.apimachinery.pkg.apis.meta.v1.Patch";
        JsonObject operation = Operation(kind, "patch", schema, dialect == SchemaDialect.V2 ? Body : null, Patch);
        if (dialect == SchemaDialect.V2)
        {
            operation["consumes"] = new JsonArray([.. types.Select(type => JsonValue.Create(type))]);
            return operation;
        }

        JsonObject content = [];
        foreach (string type in types)
        {
            content[type] = Media(Body);
        }

        operation["requestBody"] = new JsonObject { ["content"] = content };
        return operation;
    }

    private JsonObject Operation(KindDefinition kind, string action, string answer, string? body, IEnumerable<string> query)
    {
        JsonArray parameters = [];
        foreach (string name in query)
        {
            parameters.Add(Parameter(name, "query", name switch
            {
                "limit" or "timeoutSeconds" or "gracePeriodSeconds" => "integer",
                "watch" or "allowWatchBookmarks" or "sendInitialEvents" or "force" or "orphanDependents" => "boolean",
                _ => "string",
            }));
        }

        JsonObject operation = new()
        {
            ["parameters"] = parameters,
            ["responses"] = new JsonObject { ["200"] = Answer(answer) },
            ["x-kubernetes-action"] = action,
            ["x-kubernetes-group-version-kind"] =
                new JsonObject { ["group"] = kind.Type.Group, ["kind"] = kind.Type.Kind, ["version"] = kind.Type.Version },
        };
        if (body is null)
        {
            return operation;
        }

        if (dialect == SchemaDialect.V2)
        {
            parameters.Insert(0, new JsonObject { ["name"] = "body", ["in"] = "body", ["required"] = true, ["schema"] = Reference(body) });
        }
        else
        {
            operation["requestBody"] = new JsonObject { ["content"] = new JsonObject { ["*/*"] = Media(body) } };
        }

        return operation;
    }

    private JsonObject Answer(string schema) => dialect == SchemaDialect.V2
        ? new JsonObject { ["description"] = "OK", ["schema"] = Reference(schema) }
        : new JsonObject { ["description"] = "OK", ["content"] = new JsonObject { ["application/json"] = Media(schema) } };

    private JsonObject Media(string schema) => new() { ["schema"] = Reference(schema) };

    private JsonObject Reference(string schema) => new() { ["$ref"] = prefix + schema };

    private JsonArray PathParameters(KindDefinition kind, bool named)
    {
        JsonArray parameters = [];
        if (named)
        {
            parameters.Add(Parameter("name", "path", "string"));
        }

        if (kind.Type.Namespaced)
        {
            parameters.Add(Parameter("namespace", "path", "string"));
        }

        return parameters;
    }

    private JsonObject Parameter(string name, string place, string type)
    {
        JsonObject parameter = new() { ["name"] = name, ["in"] = place };
        if (place == "path")
        {
            parameter["required"] = true;
        }

        if (dialect == SchemaDialect.V2)
        {
            parameter["type"] = type;
            parameter["uniqueItems"] = true;
        }
        else
        {
            parameter["schema"] = new JsonObject { ["type"] = type, ["uniqueItems"] = true };
        }

        return parameter;
    }
}
