using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Garbage;

/// <summary>Who owns whom, by uid. Used by the garbage worker's loop only.</summary>
internal sealed class OwnerGraph
{
    private readonly Dictionary<ObjectKey, StoredObject> _objects = [];
    private readonly Dictionary<string, ObjectKey> _byUid = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<ObjectKey>> _dependents = new(StringComparer.Ordinal);

    public void Clear()
    {
        _objects.Clear();
        _byUid.Clear();
        _dependents.Clear();
    }

    public void Put(StoredObject stored)
    {
        Remove(stored.Key);
        _objects[stored.Key] = stored;
        _byUid[stored.Facts.Uid] = stored.Key;
        foreach (OwnerReference owner in stored.Facts.Owners)
        {
            if (!_dependents.TryGetValue(owner.Uid, out HashSet<ObjectKey>? dependents))
            {
                _dependents[owner.Uid] = dependents = [];
            }

            dependents.Add(stored.Key);
        }
    }

    public void Remove(ObjectKey key)
    {
        if (!_objects.Remove(key, out StoredObject? known))
        {
            return;
        }

        _byUid.Remove(known.Facts.Uid);
        foreach (OwnerReference owner in known.Facts.Owners)
        {
            if (_dependents.TryGetValue(owner.Uid, out HashSet<ObjectKey>? dependents) && dependents.Remove(key) && dependents.Count == 0)
            {
                _dependents.Remove(owner.Uid);
            }
        }
    }

    public bool Exists(string uid) => _byUid.ContainsKey(uid);

    public StoredObject? Find(ObjectKey key) => _objects.GetValueOrDefault(key);

    public StoredObject? FindUid(string uid) => _byUid.TryGetValue(uid, out ObjectKey key) ? _objects[key] : null;

    public IReadOnlyList<StoredObject> Dependents(string uid) =>
        _dependents.TryGetValue(uid, out HashSet<ObjectKey>? keys) ? [.. keys.Select(key => _objects[key])] : [];
}
