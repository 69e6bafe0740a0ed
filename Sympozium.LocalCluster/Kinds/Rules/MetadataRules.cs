using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules;

/// <summary>The rules of <c>metadata</c>, which are the same for all kinds but for the spelling of names.</summary>
internal static class MetadataRules
{
    private const int MaxAnnotationBytes = 256 * 1024;

    private static readonly string[] StandardFinalizers = ["orphan", "foregroundDeletion", "kubernetes"];

    public static void Validate(KindDefinition kind, KindRules rules, JsonObject obj, JsonObject? old, List<FieldProblem> problems)
    {
        JsonObject metadata = obj.Map("metadata") ?? [];
        string name = metadata.Text("name");
        if (old is null && metadata.Text("generateName") is { Length: > 0 } prefix)
        {
            // The dash before the generated part would not be allowed at the end of a name.
            string stem = prefix.EndsWith('-') ? prefix[..^1] + 'a' : prefix;
            foreach (string problem in Names.Check(rules.Naming, stem))
            {
                problems.Invalid("metadata.generateName", prefix, [problem]);
            }
        }

        if (name.Length == 0)
        {
            problems.Required("metadata.name", "name or generateName is required");
        }
        else if (old is null)
        {
            problems.Invalid("metadata.name", name, Names.Check(rules.Naming, name));
        }

        Labels(metadata.Map("labels"), "metadata.labels", problems);
        Annotations(metadata.Map("annotations"), "metadata.annotations", problems);
        Finalizers(metadata["finalizers"] as JsonArray, kind.IsCustom, problems);
        Owners(metadata, problems);
        if (old?.Map("metadata") is { } before)
        {
            Update(kind, metadata, before, problems);
        }
    }

    public static void Labels(JsonObject? labels, string path, List<FieldProblem> problems)
    {
        foreach ((string key, JsonNode? value) in labels ?? [])
        {
            problems.Invalid(path, key, Names.QualifiedName(key));
            string text = GoJson.Text(value) ?? "";
            problems.Invalid(path, text, Names.LabelValue(text));
        }
    }

    public static void Annotations(JsonObject? annotations, string path, List<FieldProblem> problems)
    {
        long bytes = 0;
        foreach ((string key, JsonNode? value) in annotations ?? [])
        {
            problems.Invalid(path, key, Names.QualifiedName(key.ToLowerInvariant(), "a valid annotation key"));
            bytes += Encoding.UTF8.GetByteCount(key) + Encoding.UTF8.GetByteCount(GoJson.Text(value) ?? "");
        }

        if (bytes > MaxAnnotationBytes)
        {
            problems.TooLong(path, MaxAnnotationBytes);
        }
    }

    private static void Finalizers(JsonArray? finalizers, bool custom, List<FieldProblem> problems)
    {
        for (int i = 0; i < (finalizers?.Count ?? 0); i++)
        {
            string text = GoJson.Text(finalizers![i]) ?? "";
            problems.Invalid("metadata.finalizers", text, Names.QualifiedName(text));
            if (!custom && !text.Contains('/', StringComparison.Ordinal) && !StandardFinalizers.Contains(text))
            {
                string path = string.Create(CultureInfo.InvariantCulture, $"metadata.finalizers[{i}]");
                problems.Invalid(path, text, ["name is neither a standard finalizer name nor is it fully qualified"]);
            }
        }
    }

    private static void Owners(JsonObject metadata, List<FieldProblem> problems)
    {
        // Kubernetes names the list here, not the entry.
        const string Path = "metadata.ownerReferences";
        List<JsonObject> controllers = [];
        foreach ((_, JsonObject owner) in metadata.Items("ownerReferences"))
        {
            if (owner.Text("apiVersion").Length == 0)
            {
                problems.Invalid($"{Path}.apiVersion", "", ["version must not be empty"]);
            }

            foreach (string field in (string[])["kind", "name", "uid"])
            {
                if (owner.Text(field).Length == 0)
                {
                    problems.Invalid($"{Path}.{field}", "", ["must not be empty"]);
                }
            }

            if (owner.Text("apiVersion") == "v1" && owner.Text("kind") == "Event")
            {
                problems.Add(new FieldProblem(
                    Path, ProblemReasons.Invalid, $"Invalid value: {ShowOwner(owner).ToJsonString(JsonText.Relaxed)}: /v1, Kind=Event is disallowed from being an owner"));
            }

            if (owner.IsTrue("controller"))
            {
                controllers.Add(owner);
            }
        }

        if (controllers.Count > 1)
        {
            JsonArray shown = [.. metadata.Items("ownerReferences").Select(owner => (JsonNode)ShowOwner(owner.Item))];
            problems.Add(new FieldProblem(
                Path,
                ProblemReasons.Invalid,
                $"Invalid value: {shown.ToJsonString(JsonText.Relaxed)}: Only one reference can have Controller set to true. Found \"true\" in references for "
                + $"{controllers[0].Text("kind")}/{controllers[0].Text("name")} and {controllers[1].Text("kind")}/{controllers[1].Text("name")}"));
        }
    }

    private static JsonObject ShowOwner(JsonObject owner)
    {
        JsonObject shown = [];
        foreach (string field in (string[])["apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion"])
        {
            if (owner[field] is { } value)
            {
                shown[field] = value.DeepClone();
            }
        }

        return shown;
    }

    private static void Update(KindDefinition kind, JsonObject metadata, JsonObject before, List<FieldProblem> problems)
    {
        problems.Immutable("metadata.name", metadata["name"], before["name"]);
        problems.Immutable("metadata.namespace", metadata["namespace"], before["namespace"]);
        problems.Immutable("metadata.uid", metadata["uid"], before["uid"]);
        if (!kind.IsCustom)
        {
            // Core kinds check it in the generic and in their own validation, and so report it twice.
            problems.Immutable("metadata.uid", metadata["uid"], before["uid"]);
        }

        problems.Immutable("metadata.creationTimestamp", metadata["creationTimestamp"], before["creationTimestamp"]);
        if (before["deletionTimestamp"] is null)
        {
            return;
        }

        HashSet<string> known = new((before["finalizers"] as JsonArray ?? []).Select(item => item?.ToString() ?? ""), StringComparer.Ordinal);
        string[] added = [.. (metadata["finalizers"] as JsonArray ?? []).Select(item => item?.ToString() ?? "").Where(item => !known.Contains(item))];
        if (added.Length > 0)
        {
            string list = string.Join(", ", added.Select(GoJson.Quote));
            problems.Forbidden(
                "metadata.finalizers", $"no new finalizers can be added if the object is being deleted, found new finalizers []string{{{list}}}");
        }
    }
}
