using System.Globalization;
using System.Text.Json.Nodes;

namespace Sympozium.Abstractions.Resources;

/// <summary>One field of a spec that has a second spelling, or (<c>From</c> equal to <c>To</c>) whose value may have several forms.</summary>
/// <param name="From">Path of the second spelling below <c>spec</c>, parts separated by dots; a part ending in <c>[]</c> means each item of a list.</param>
/// <param name="To">Path of the canonical field below <c>spec</c>, in the same list as <paramref name="From"/>.</param>
/// <param name="Convert">Makes the canonical value; null when the value is the same. Returns null when there is nothing to take over.</param>
/// <param name="Description">Description of the second spelling in the CRD.</param>
public sealed record SpellingRule(string From, string To, Func<JsonNode, JsonNode?>? Convert = null, string? Description = null)
{
    private const string Each = "[].";

    /// <summary>Whether the whole value may be of another type, such as a map instead of a list; otherwise only the items of a list may.</summary>
    public bool AnyType { get; init; }

    /// <summary>Moves the value to its canonical place; two different values are a problem.</summary>
    public void Apply(JsonObject spec, ICollection<ResourceProblem> problems) => Apply(spec, "spec", problems);

    private void Apply(JsonObject parent, string path, ICollection<ResourceProblem> problems)
    {
        int list = From.IndexOf(Each, StringComparison.Ordinal);
        if (list < 0)
        {
            Move(parent, path, problems);
            return;
        }

        (JsonObject? holder, string name) = Find(parent, From[..list], create: false);
        JsonArray items = holder?[name] as JsonArray ?? [];
        SpellingRule rule = this with { From = From[(list + Each.Length)..], To = To[(list + Each.Length)..] };
        for (int i = 0; i < items.Count; i++)
        {
            if (items[i] is JsonObject item)
            {
                rule.Apply(item, string.Create(CultureInfo.InvariantCulture, $"{path}.{From[..list]}[{i}]"), problems);
            }
        }
    }

    private void Move(JsonObject spec, string path, ICollection<ResourceProblem> problems)
    {
        (JsonObject? parent, string name) = Find(spec, From, create: false);
        if (parent?[name] is not JsonNode found)
        {
            return;
        }

        JsonNode? value = Convert is null ? found.DeepClone() : Convert(found);
        if (From == To)
        {
            parent[name] = value ?? found.DeepClone();
            return;
        }

        if (Convert is null)
        {
            parent.Remove(name);
        }

        if (value is null)
        {
            return;
        }

        (JsonObject? target, string targetName) = Find(spec, To, create: true);
        if (target is null)
        {
            return;
        }

        if (target[targetName] is not JsonNode existing)
        {
            target[targetName] = value;
        }
        else if (!JsonNode.DeepEquals(existing, value))
        {
            problems.Add(new ResourceProblem(
                $"{path}.{From}",
                $"is another spelling of {path}.{To}, and the two have different values ({Show(found)} and {Show(existing)}); keep one of them"));
        }
    }

    private static string Show(JsonNode node)
    {
        string text = node.ToJsonString();
        return text.Length <= 60 ? text : text[..57] + "...";
    }

    private static (JsonObject? Parent, string Name) Find(JsonObject spec, string path, bool create)
    {
        JsonObject? current = spec;
        string[] parts = path.Split('.');
        foreach (string part in parts[..^1])
        {
            if (current![part] is null && create)
            {
                current[part] = new JsonObject();
            }

            current = current[part] as JsonObject;
            if (current is null)
            {
                break;
            }
        }

        return (current, parts[^1]);
    }
}
