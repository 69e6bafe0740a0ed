using System.Collections;
using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Cel;

/// <summary>A list; one from JSON makes its items when they are asked for.</summary>
internal sealed class CelList : IReadOnlyList<object>
{
    private readonly JsonArray? _json;
    private readonly object?[] _items;
    private readonly CelType _item;
    private readonly CelType? _type;

    public CelList(IEnumerable<object> items)
    {
        _items = [.. items];
        _item = CelType.Dyn;
    }

    private CelList(IEnumerable<object> items, CelType type)
        : this(items) => _type = type;

    public CelList(JsonArray json, CelType type)
    {
        _json = json;
        _items = new object?[json.Count];
        _type = type;
        _item = type.Kind == CelKind.List ? type.Arguments[0] : CelType.Dyn;
    }

    public int Count => _items.Length;

    public object this[int index] => _items[index] ??= CelValues.FromJson(_json![index], _item);

    public IEnumerator<object> GetEnumerator()
    {
        for (int i = 0; i < Count; i++)
        {
            yield return this[i];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Lists that the schema calls sets or maps are the same in any order.</summary>
    public bool SameAs(CelList other)
    {
        if (Count != other.Count)
        {
            return false;
        }

        return (_type?.ListType ?? other._type?.ListType) is "set" or "map"
            ? this.All(item => other.Any(candidate => CelValues.AreEqual(item, candidate)))
            : this.Zip(other).All(pair => CelValues.AreEqual(pair.First, pair.Second));
    }

    /// <summary>Both lists; of a set every item once, of a map by its keys the item that is added.</summary>
    public CelList Concat(CelList other)
    {
        switch (_type?.ListType)
        {
            case "set":
                return new CelList([.. this, .. other.Where(item => !this.Any(known => CelValues.AreEqual(known, item)))], _type);
            case "map":
                List<object> merged = [.. this];
                foreach (object item in other)
                {
                    int index = merged.FindIndex(known => HaveSameKey(known, item));
                    if (index < 0)
                    {
                        merged.Add(item);
                    }
                    else
                    {
                        merged[index] = item;
                    }
                }

                return new CelList(merged, _type);
            default:
                return new CelList(this.Concat<object>(other));
        }
    }

    private bool HaveSameKey(object left, object right) => left is CelMap a && right is CelMap b
        && _type!.ListKeys.All(key => a.Find(key) is var x && b.Find(key) is var y && (x is null ? y is null : y is not null && CelValues.AreEqual(x, y)));
}

/// <summary>A map or an object; one from JSON makes its values when they are asked for.</summary>
internal sealed class CelMap
{
    private readonly JsonObject? _json;
    private readonly CelType _type = CelType.Dyn;
    private readonly Dictionary<object, (object Key, object Value)>? _entries;

    public CelMap(JsonObject json, CelType type)
    {
        _json = json;
        _type = type;
    }

    /// <exception cref="CelException">A key comes twice.</exception>
    public CelMap(IEnumerable<(object Key, object Value)> entries)
    {
        _entries = [];
        foreach ((object key, object value) in entries)
        {
            if (!_entries.TryAdd(CelValues.HashKey(key), (key, value)))
            {
                throw new CelException($"Failed with repeated key: {key}");
            }
        }
    }

    public int Count => _json?.Count ?? _entries!.Count;

    public IEnumerable<object> Keys => _json is null ? _entries!.Values.Select(entry => entry.Key) : _json.Select(pair => (object)Escaped(pair.Key));

    /// <summary>The value of a key; null when there is none.</summary>
    public object? Find(object key)
    {
        if (_json is null)
        {
            return _entries!.TryGetValue(CelValues.HashKey(key), out (object Key, object Value) entry) ? entry.Value : null;
        }

        if (key is not string name)
        {
            return null;
        }

        if (_type.Kind == CelKind.Object)
        {
            return _type.Fields.TryGetValue(name, out CelField? field) && _json.TryGetPropertyValue(field.JsonName, out JsonNode? value)
                ? CelValues.FromJson(value, field.Type)
                : null;
        }

        return _json.TryGetPropertyValue(name, out JsonNode? any) ? CelValues.FromJson(any, _type.Kind == CelKind.Map ? _type.Arguments[1] : CelType.Dyn) : null;
    }

    public bool SameAs(CelMap other) =>
        Count == other.Count && Keys.All(key => Find(key) is var mine && other.Find(key) is { } theirs && mine is not null && CelValues.AreEqual(mine, theirs));

    private string Escaped(string name) => _type.Kind == CelKind.Object ? CelSchemas.Escape(name) ?? name : name;
}
