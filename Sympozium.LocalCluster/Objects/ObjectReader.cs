using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Objects;

/// <summary>A part of a collection; <see cref="Continue"/> is empty at its end.</summary>
public sealed record ObjectPage(IReadOnlyList<StoredObject> Items, long Revision, string Continue, long? Remaining);

/// <summary>Reads single objects and collections.</summary>
public sealed class ObjectReader(ClusterStore store)
{
    // Snapshots share what did not change, so keeping some for unfinished lists costs little.
    private const int KeptSnapshots = 16;

    private readonly Lock _lock = new();
    private readonly Queue<StoreSnapshot> _kept = new();

    public static ObjectKey Key(ResourceType type, string? ns, string name) => new(Resource(type), type.Namespaced ? ns ?? "" : "", name);

    public static ResourceKey Resource(ResourceType type) => new(type.Group == EventForms.NewGroup ? "" : type.Group, type.Plural);

    /// <summary>The object in the version that is asked for, with the defaults that its kind has now.</summary>
    public static StoredObject InVersion(KindDefinition kind, StoredObject stored)
    {
        ObjectFacts facts = stored.Facts;
        bool isSame = facts.ApiVersion == kind.Type.ApiVersion;
        if (kind.IsCustom && (!isSame || stored.Revision < kind.SchemaRevision))
        {
            return StoredForms.Current(kind, stored);
        }

        if (isSame)
        {
            return stored;
        }

        return StoredForms.Current(kind, stored);
    }

    public StoredObject? Find(KindDefinition kind, string? ns, string name) =>
        store.Snapshot.Find(Key(kind.Type, ns, name)) is { } stored ? InVersion(kind, stored) : null;

    /// <exception cref="KubernetesException">404.</exception>
    public StoredObject Get(KindDefinition kind, string? ns, string name) => Find(kind, ns, name) ?? throw Refusals.NotFound(kind.Type, name);

    /// <param name="kind">Which resource.</param>
    /// <param name="ns">Null for all namespaces.</param>
    /// <param name="filter">Which objects.</param>
    /// <param name="limit">How many at most; 0 for all.</param>
    /// <param name="resume">Where the page before ended; null for the first.</param>
    /// <param name="revision">The list as it was at this revision; null for the present one.</param>
    /// <exception cref="KubernetesException">410 when the list, or the one that is to be continued, is too old.</exception>
    public ObjectPage List(KindDefinition kind, string? ns, ObjectFilter filter, long limit, string? resume, long? revision = null)
    {
        ContinueToken? token = ContinueToken.Parse(resume);
        StoreSnapshot snapshot = token is not null ? FindSnapshot(token.Revision) : revision is { } exact ? AsOf(kind, exact) : store.Snapshot;
        ResourceKey resource = Resource(kind.Type);
        List<StoredObject> items = [];
        string next = "";
        long skipped = 0;
        foreach (StoredObject stored in snapshot.List(resource, kind.Type.Namespaced ? ns : ""))
        {
            if (token is not null && !token.IsBefore(stored.Key))
            {
                skipped++;
                continue;
            }

            StoredObject seen = InVersion(kind, stored);
            if (!filter.IsEverything && !filter.Matches(seen))
            {
                continue;
            }

            if (limit > 0 && items.Count == limit)
            {
                next = new ContinueToken(snapshot.Revision, items[^1].Key.Namespace, items[^1].Key.Name).ToString();
                break;
            }

            items.Add(seen);
        }

        long? remaining = null;
        if (next.Length > 0)
        {
            KeepSnapshot(snapshot);
            remaining = filter.IsEverything ? snapshot.Count(resource, kind.Type.Namespaced ? ns : "") - skipped - items.Count : null;
        }

        return new ObjectPage(items, snapshot.Revision, next, remaining);
    }

    private StoreSnapshot AsOf(KindDefinition kind, long revision)
    {
        try
        {
            return store.AsOf(Resource(kind.Type), revision);
        }
        catch (StoreExpiredException)
        {
            throw Refusals.Expired("The resourceVersion for the provided list is too old.");
        }
    }

    private void KeepSnapshot(StoreSnapshot snapshot)
    {
        lock (_lock)
        {
            if (_kept.Contains(snapshot))
            {
                return;
            }

            _kept.Enqueue(snapshot);
            if (_kept.Count > KeptSnapshots)
            {
                _kept.Dequeue();
            }
        }
    }

    private StoreSnapshot FindSnapshot(long revision)
    {
        lock (_lock)
        {
            return _kept.FirstOrDefault(snapshot => snapshot.Revision == revision) ?? throw Refusals.Expired(
                "The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter.");
        }
    }

    private sealed record ContinueToken(long Revision, string Namespace, string Name)
    {
        private static readonly SearchValues<char> Letters =
            SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

        public static ContinueToken? Parse(string? text)
        {
            if (string.IsNullOrEmpty(text))
            {
                return null;
            }

            try
            {
                string padded = text.Replace('-', '+').Replace('_', '/').PadRight((text.Length + 3) / 4 * 4, '=');
                byte[] json = Convert.FromBase64String(padded);
                if (json.Length > 0 && json[0] != '[')
                {
                    throw Unreadable($"invalid character {Shown(json[0])} looking for beginning of value");
                }

                JsonArray parts = JsonNode.Parse(json)!.AsArray();
                return new ContinueToken(parts[0]!.GetValue<long>(), parts[1]!.GetValue<string>(), parts[2]!.GetValue<string>());
            }
            catch (FormatException)
            {
                int bad = text.AsSpan().IndexOfAnyExcept(Letters);
                throw Unreadable(string.Create(CultureInfo.InvariantCulture, $"illegal base64 data at input byte {(bad < 0 ? text.Length - 1 : bad)}"));
            }
            catch (Exception exception) when (exception is JsonException or InvalidOperationException or NullReferenceException or ArgumentOutOfRangeException)
            {
                throw Unreadable("it is not a token that this server gave out");
            }
        }

        private static KubernetesException Unreadable(string why) => Refusals.BadRequest($"invalid continue token: continue key is not valid: {why}");

        // As Go quotes a byte of a text that is no JSON.
        private static string Shown(byte letter) => letter is >= 0x20 and < 0x7f
            ? $"'{(char)letter}'"
            : string.Create(CultureInfo.InvariantCulture, $"'\\x{letter:x2}'");

        public bool IsBefore(ObjectKey key)
        {
            int order = string.CompareOrdinal(Namespace, key.Namespace);
            return order < 0 || order == 0 && string.CompareOrdinal(Name, key.Name) < 0;
        }

        public override string ToString()
        {
            string json = new JsonArray(Revision, Namespace, Name).ToJsonString();
            return Convert.ToBase64String(Encoding.UTF8.GetBytes(json)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        }
    }
}
