using System.Globalization;
using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules;

/// <summary>CustomResourceDefinition: names, versions, structural schemas, what may not change.</summary>
internal sealed class CrdRules : KindRules
{
    private static readonly string[] ColumnTypes = ["boolean", "date", "integer", "number", "string"];

    public override void ApplyDefaults(JsonObject obj)
    {
        JsonObject spec = obj.Ensure("spec");
        spec.Default("scope", "Namespaced");
        JsonObject names = spec.Ensure("names");
        string kind = names.Text("kind");
        if (kind.Length > 0)
        {
            names.Default("singular", kind.ToLowerInvariant());
            names.Default("listKind", kind + "List");
        }

        spec.Ensure("conversion").Default("strategy", "None");
    }

    public override void PrepareForCreate(JsonObject obj)
    {
        JsonArray stored = [.. Versions(obj).Where(version => version.IsTrue("storage")).Select(version => (JsonNode?)version.Text("name"))];
        obj["status"] = new JsonObject
        {
            ["acceptedNames"] = new JsonObject { ["kind"] = "", ["plural"] = "" },
            ["conditions"] = null,
            ["storedVersions"] = stored,
        };
    }

    public override void PrepareForUpdate(JsonObject obj, JsonObject old)
    {
        obj["status"] = old["status"]?.DeepClone();
        if (obj.Map("status") is { } status && Versions(obj).FirstOrDefault(version => version.IsTrue("storage")) is { } storage)
        {
            JsonArray stored = status["storedVersions"] as JsonArray ?? [];
            if (!stored.Any(version => GoJson.Text(version) == storage.Text("name")))
            {
                stored.Add(storage.Text("name"));
                status["storedVersions"] = stored.DeepClone();
            }
        }
    }

    public override void Validate(JsonObject obj, JsonObject? old, List<FieldProblem> problems)
    {
        JsonObject spec = obj.Map("spec") ?? [];
        JsonObject names = spec.Map("names") ?? [];
        string group = spec.Text("group");
        string plural = names.Text("plural");
        if (old is null && obj.Map("metadata").Text("name") is var name && name != $"{plural}.{group}")
        {
            problems.Invalid("metadata.name", name, ["must be spec.names.plural+\".\"+spec.group"]);
        }

        Group(group, problems);
        problems.OneOf("spec.scope", spec["scope"], required: true, "Cluster", "Namespaced");
        NamesOf(names, problems);
        Conversion(spec, problems);
        Storage(obj, spec, problems);
        bool single = Versions(obj).Count() == 1;
        foreach ((int index, JsonObject version) in spec.Items("versions"))
        {
            Version(version, $"spec.versions[{index.ToString(CultureInfo.InvariantCulture)}]", single, problems);
        }

        if (old?.Map("spec") is { } before)
        {
            Update(spec, before, problems);
            StoredVersions(obj, problems);
        }
    }

    private static void Conversion(JsonObject spec, List<FieldProblem> problems)
    {
        string strategy = spec.Map("conversion").Text("strategy");
        if (strategy == "Webhook")
        {
            problems.Forbidden("spec.conversion.strategy", "the local cluster does not call conversion webhooks; use None and give all versions one schema");
        }
        else
        {
            problems.OneOf("spec.conversion.strategy", spec.Map("conversion")?["strategy"], required: false, "None", "Webhook");
        }

        if (spec.IsTrue("preserveUnknownFields"))
        {
            problems.Invalid(
                "spec.preserveUnknownFields", spec["preserveUnknownFields"],
                "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead");
        }
    }

    // Objects may still be stored in that version.
    private static void StoredVersions(JsonObject obj, List<FieldProblem> problems)
    {
        JsonArray stored = obj.Map("status")?["storedVersions"] as JsonArray ?? [];
        for (int i = 0; i < stored.Count; i++)
        {
            if (!Versions(obj).Any(version => version.Text("name") == GoJson.Text(stored[i])))
            {
                problems.Invalid(
                    string.Create(CultureInfo.InvariantCulture, $"status.storedVersions[{i}]"), stored[i], "missing from spec.versions; "
                    + $"{GoJson.Text(stored[i])} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in {GoJson.Text(stored[i])} and removes {GoJson.Text(stored[i])} from status.storedVersions");
            }
        }
    }

    private static IEnumerable<JsonObject> Versions(JsonObject crd) => crd.Map("spec").Items("versions").Select(version => version.Item);

    private static void Group(string group, List<FieldProblem> problems)
    {
        if (group.Length == 0)
        {
            problems.Required("spec.group");
            return;
        }

        problems.Invalid("spec.group", group, Names.Subdomain(group));
        if (!group.Contains('.', StringComparison.Ordinal))
        {
            problems.Invalid("spec.group", group, ["should be a domain with at least one dot"]);
        }
    }

    private static void NamesOf(JsonObject names, List<FieldProblem> problems)
    {
        foreach (string field in (string[])["plural", "singular", "kind", "listKind"])
        {
            string text = names.Text(field);
            if (text.Length > 0)
            {
                problems.Invalid($"spec.names.{field}", text, Names.Rfc1035Label(field.EndsWith("ind", StringComparison.Ordinal) ? text.ToLowerInvariant() : text));
            }
            else if (field != "singular" && (field != "listKind" || names.Text("kind").Length > 0))
            {
                problems.Required($"spec.names.{field}");
            }
        }

        foreach (string list in (string[])["shortNames", "categories"])
        {
            JsonArray items = names[list] as JsonArray ?? [];
            for (int i = 0; i < items.Count; i++)
            {
                string text = GoJson.Text(items[i]) ?? "";
                string path = $"spec.names.{list}[{i.ToString(CultureInfo.InvariantCulture)}]";
                problems.Invalid(path, text, Names.Rfc1035Label(text));
            }
        }

        if (names.Text("kind").Length > 0 && names.Text("kind") == names.Text("listKind"))
        {
            problems.Invalid("spec.names.listKind", names.Text("listKind"), ["kind and listKind may not be the same"]);
        }
    }

    private static void Storage(JsonObject obj, JsonObject spec, List<FieldProblem> problems)
    {
        if (Versions(obj).Count(version => version.IsTrue("storage")) != 1)
        {
            string shown = Shown(spec).ToJsonString(JsonText.Relaxed);
            problems.Add(new FieldProblem(
                "spec.versions", ProblemReasons.Invalid, $"Invalid value: {shown}: must have exactly one version marked as storage version"));
            if (obj.Map("status")?["storedVersions"] is not JsonArray { Count: > 0 })
            {
                problems.Invalid("status.storedVersions", (JsonNode?)null, "must have at least one stored version");
            }
        }

        HashSet<string> names = new(StringComparer.Ordinal);
        foreach ((int index, JsonObject version) in spec.Items("versions"))
        {
            if (!names.Add(version.Text("name")))
            {
                string path = $"spec.versions[{index.ToString(CultureInfo.InvariantCulture)}].name";
                problems.Invalid(path, version.Text("name"), ["must contain unique version names"]);
            }
        }
    }

    /// <summary>The versions as the API server's internal types print: schemas and columns have moved elsewhere there.</summary>
    private static JsonArray Shown(JsonObject spec) => [.. spec.Items("versions").Select(version => (JsonNode?)new JsonObject
    {
        ["Name"] = version.Item.Text("name"),
        ["Served"] = version.Item.IsTrue("served"),
        ["Storage"] = version.Item.IsTrue("storage"),
        ["Deprecated"] = version.Item.IsTrue("deprecated"),
        ["DeprecationWarning"] = version.Item["deprecationWarning"]?.DeepClone(),
        ["Schema"] = null,
        ["Subresources"] = null,
        ["AdditionalPrinterColumns"] = null,
        ["SelectableFields"] = null,
    })];

    private static void Version(JsonObject version, string path, bool single, List<FieldProblem> problems)
    {
        string name = version.Text("name");
        problems.Invalid($"{path}.name", name, Names.Rfc1035Label(name));
        if (single)
        {
            // A definition with one version is also kept in its old form, which is checked as well.
            problems.Invalid("spec.version", name, Names.Rfc1035Label(name));
        }

        CrdVersionRules.Validate(version, path, single, problems);
        string columns = single ? "spec.additionalPrinterColumns" : $"{path}.additionalPrinterColumns";
        foreach ((int index, JsonObject column) in version.Items("additionalPrinterColumns"))
        {
            Column(column, $"{columns}[{index.ToString(CultureInfo.InvariantCulture)}]", problems);
        }

        if (version.Map("schema").Map("openAPIV3Schema") is not { } schema)
        {
            problems.Required($"{path}.schema.openAPIV3Schema");
            return;
        }

        string at = single ? "spec.validation.openAPIV3Schema" : $"{path}.schema.openAPIV3Schema";
        if (schema.Text("type") is { Length: > 0 } type && type != "object")
        {
            problems.Invalid($"{at}.type", type, ["must be object at the root"]);
            if (version.Map("subresources")?.ContainsKey("status") == true)
            {
                problems.Invalid($"{at}.type", type, ["only \"object\" is allowed as the type at the root of the schema if the status subresource is enabled"]);
            }
        }

        StructuralRules.Validate(schema, at, isRoot: true, problems);
    }

    private static void Column(JsonObject column, string path, List<FieldProblem> problems)
    {
        if (column.Text("name").Length == 0)
        {
            problems.Required($"{path}.name");
        }

        string type = column.Text("type");
        if (type.Length == 0)
        {
            problems.Required($"{path}.type", $"must be one of {string.Join(',', ColumnTypes)}");
        }
        else if (!ColumnTypes.Contains(type))
        {
            problems.Invalid($"{path}.type", type, [$"must be one of {string.Join(',', ColumnTypes)}"]);
        }

        string jsonPath = column.Text("jsonPath");
        if (jsonPath.Length == 0)
        {
            problems.Required($"{path}.JSONPath");
        }
        else if (jsonPath[0] != '.')
        {
            problems.Invalid($"{path}.JSONPath", jsonPath, ["must be a simple json path starting with ."]);
        }
    }

    private static void Update(JsonObject spec, JsonObject before, List<FieldProblem> problems)
    {
        problems.Immutable("spec.scope", spec["scope"], before["scope"]);
        problems.Immutable("spec.group", spec["group"], before["group"]);
        problems.Immutable("spec.names.kind", spec.Map("names")?["kind"], before.Map("names")?["kind"]);
        problems.Immutable("spec.names.plural", spec.Map("names")?["plural"], before.Map("names")?["plural"]);
    }
}
