using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Kinds.Rules;

namespace Sympozium.LocalCluster.Objects;

/// <summary>The names that a CustomResourceDefinition asks for, and those it gets: two of one group cannot share a name.</summary>
internal sealed class DefinitionNames
{
    private readonly HashSet<string> _resources = new(StringComparer.Ordinal);
    private readonly HashSet<string> _kinds = new(StringComparer.Ordinal);

    /// <param name="definition">Whose names are looked at.</param>
    /// <param name="all">All definitions.</param>
    public DefinitionNames(JsonObject definition, IEnumerable<JsonObject> all)
    {
        string group = definition.Map("spec").Text("group");
        string own = definition.Map("metadata").Text("name");
        foreach (JsonObject other in all.Where(other => other.Map("spec").Text("group") == group && other.Map("metadata").Text("name") != own))
        {
            JsonObject? names = other.Map("status").Map("acceptedNames");
            _resources.UnionWith([names.Text("plural"), names.Text("singular"), .. Texts(names, "shortNames")]);
            _kinds.UnionWith([names.Text("kind"), names.Text("listKind")]);
        }

        _resources.Remove("");
        _kinds.Remove("");
    }

    /// <summary>The names that are taken over, and the first conflict.</summary>
    public (JsonObject Accepted, string? Reason, string? Message) Decide(JsonObject requested, JsonObject? accepted)
    {
        JsonObject names = accepted?.DeepClone().AsObject() ?? [];
        string? reason = null;
        string? message = null;
        foreach ((string field, string conflict, HashSet<string> used) in ((string, string, HashSet<string>)[])
        [
            ("plural", "PluralConflict", _resources), ("singular", "SingularConflict", _resources), ("kind", "KindConflict", _kinds), ("listKind", "ListKindConflict", _kinds),
        ])
        {
            string name = requested.Text(field);
            if (name == accepted.Text(field) || !used.Contains(name))
            {
                Metadata.Keep(names, requested, field);
            }
            else
            {
                (reason, message) = (conflict, $"{GoJson.Quote(name)} is already in use");
            }
        }

        List<string> taken = [.. Texts(requested, "shortNames").Where(name => _resources.Contains(name) && !Texts(accepted, "shortNames").Contains(name))];
        if (taken.Count == 0)
        {
            Metadata.Keep(names, requested, "shortNames");
        }
        else
        {
            string texts = string.Join(", ", taken.Select(name => $"{GoJson.Quote(name)} is already in use"));
            (reason, message) = ("ShortNamesConflict", taken.Count == 1 ? texts : $"[{texts}]");
        }

        Metadata.Keep(names, requested, "categories");
        return (names, reason, message);
    }

    private static IEnumerable<string> Texts(JsonObject? json, string field) => (json?[field] as JsonArray ?? []).Select(item => GoJson.Text(item) ?? "");
}
