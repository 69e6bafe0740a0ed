using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Ownership;

/// <summary>
/// A set of fields as a tree, in the terms of FieldsV1: <c>f:name</c>, <c>k:{...}</c> (item of a list by its keys) and
/// <c>v:...</c> (item of a set). A node is in the set itself, holds others that are, or both.
/// </summary>
internal sealed class FieldSet
{
    /// <summary>In the set, nothing below. Shared: never added to.</summary>
    public static readonly FieldSet Leaf = new() { IsMember = true };

    private static readonly Dictionary<string, FieldSet> Nothing = new(0, StringComparer.Ordinal);

    private Dictionary<string, FieldSet>? _children;

    public bool IsMember { get; init; }

    public bool HasChildren => _children is not null;

    public bool IsEmpty => !IsMember && _children is null;

    public IReadOnlyDictionary<string, FieldSet> Children => _children ?? Nothing;

    public FieldSet? this[string element] => _children is not null && _children.TryGetValue(element, out FieldSet? child) ? child : null;

    /// <summary>Reads FieldsV1.</summary>
    public static FieldSet Parse(JsonObject fields) => Read(fields, isRoot: true);

    /// <summary>Puts a subtree under an element that is not there yet; empty ones are left out.</summary>
    public void Add(string element, FieldSet child)
    {
        if (!child.IsEmpty)
        {
            (_children ??= new Dictionary<string, FieldSet>(StringComparer.Ordinal)).Add(element, child);
        }
    }

    /// <summary>The same subtree, with its root in the set or not.</summary>
    public FieldSet WithMember(bool isMember)
    {
        if (IsMember == isMember)
        {
            return this;
        }

        return isMember && _children is null ? Leaf : new FieldSet { IsMember = isMember, _children = _children };
    }

    public FieldSet Union(FieldSet other)
    {
        if (other.IsEmpty || ReferenceEquals(this, other))
        {
            return this;
        }

        FieldSet union = new() { IsMember = IsMember || other.IsMember };
        foreach ((string element, FieldSet child) in Children)
        {
            union.Add(element, other[element] is { } same ? child.Union(same) : child);
        }

        foreach ((string element, FieldSet child) in other.Children)
        {
            if (this[element] is null)
            {
                union.Add(element, child);
            }
        }

        return union;
    }

    public FieldSet Except(FieldSet other)
    {
        if (other.IsEmpty)
        {
            return this;
        }

        FieldSet rest = new() { IsMember = IsMember && !other.IsMember };
        foreach ((string element, FieldSet child) in Children)
        {
            rest.Add(element, other[element] is { } same ? child.Except(same) : child);
        }

        return rest;
    }

    public FieldSet Intersect(FieldSet other)
    {
        FieldSet both = new() { IsMember = IsMember && other.IsMember };
        foreach ((string element, FieldSet child) in Children)
        {
            if (other[element] is { } same)
            {
                both.Add(element, child.Intersect(same));
            }
        }

        return both;
    }

    public bool SetEquals(FieldSet other)
    {
        if (ReferenceEquals(this, other))
        {
            return true;
        }

        return IsMember == other.IsMember && Children.Count == other.Children.Count
            && Children.All(pair => other[pair.Key] is { } same && pair.Value.SetEquals(same));
    }

    /// <summary>Writes FieldsV1.</summary>
    public JsonObject ToJson()
    {
        JsonObject json = [];
        if (_children is null)
        {
            return json;
        }

        if (IsMember)
        {
            json.Add(".", new JsonObject());
        }

        foreach ((string element, FieldSet child) in Sorted())
        {
            json.Add(element, child.ToJson());
        }

        return json;
    }

    /// <summary>Every path in the set as people write it: <c>.spec.ports[name="a"].port</c>.</summary>
    public IEnumerable<string> Paths(string prefix = "")
    {
        if (IsMember)
        {
            yield return prefix;
        }

        foreach ((string element, FieldSet child) in Sorted())
        {
            foreach (string path in child.Paths(prefix + FieldElement.Display(element)))
            {
                yield return path;
            }
        }
    }

    private IEnumerable<KeyValuePair<string, FieldSet>> Sorted() =>
        Children.Count < 2 ? Children : Children.OrderBy(pair => pair.Key, StringComparer.Ordinal);

    private static FieldSet Read(JsonObject fields, bool isRoot = false)
    {
        if (fields.Count == 0)
        {
            return isRoot ? new FieldSet() : Leaf;
        }

        FieldSet set = new() { IsMember = !isRoot && fields.ContainsKey(".") };
        foreach ((string element, JsonNode? below) in fields)
        {
            if (element == ".")
            {
                continue;
            }

            FieldElement.Check(element);
            set.Add(element, Read(below as JsonObject ?? throw new FormatException($"\"{element}\" in fieldsV1 is not an object")));
        }

        return set.IsEmpty ? Leaf : set;
    }
}
