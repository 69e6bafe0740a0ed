using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds;

namespace Sympozium.LocalCluster.Ownership;

/// <summary>One write as ownership sees it: by whom, when, and to what.</summary>
internal sealed record FieldWrite(KindDefinition Kind, string Manager, string? Subresource, string Time)
{
    public FieldOwner Updater => new(Manager, false, Kind.Type.ApiVersion, Subresource ?? "");

    public FieldOwner Applier => new(Manager, true, Kind.Type.ApiVersion, Subresource ?? "");
}

/// <summary>What an apply leaves: the object, and who owns what of it.</summary>
internal sealed record AppliedFields(JsonObject Resource, JsonArray? ManagedFields);

/// <summary>Who owns which fields after a write. Pure: no store, no clock.</summary>
internal static class FieldOwnership
{
    private const string Unknown = "before-first-apply";

    /// <summary>The entries of an object that is created by anything but an apply.</summary>
    public static JsonArray? Create(FieldWrite write, JsonObject resource)
    {
        FieldChanges changes = FieldChanges.Between(
            FieldTree.Root(write.Kind), EmptyObjects.Of(write.Kind), resource, write.Kind.HasStatus ? "status" : null);
        return FieldEntries.Write([new FieldEntry(write.Updater, write.Time, changes.Set)]);
    }

    /// <summary>The entries after a replace or a patch; what the request itself says of them counts when it can be read.</summary>
    /// <param name="write">The write.</param>
    /// <param name="old">The object before.</param>
    /// <param name="next">The object after, without what this write may not change.</param>
    /// <param name="requested"><c>metadata.managedFields</c> of the request; null for none.</param>
    public static JsonNode? Update(FieldWrite write, JsonObject old, JsonObject next, JsonNode? requested)
    {
        JsonNode? stored = (old["metadata"] as JsonObject)?["managedFields"];
        if (requested is JsonArray { Count: 1 } reset && reset[0] is JsonObject { Count: 0 })
        {
            return null;
        }

        bool isRewritten = requested is JsonArray { Count: > 0 } && !JsonNode.DeepEquals(requested, stored);
        FieldChanges changes = FieldChanges.Between(FieldTree.Root(write.Kind), old, next);
        if (changes.IsEmpty && !isRewritten)
        {
            return stored?.DeepClone();
        }

        List<FieldEntry> entries = isRewritten ? ReadOr(requested, stored) : ReadOr(stored, null);
        if (entries.Count == 0)
        {
            // An object whose ownership was dropped is not followed again before somebody applies.
            return null;
        }

        Record(entries, write.Updater, write.Time, changes);
        return FieldEntries.Write(entries);
    }

    /// <summary>Applies a document. <paramref name="live"/> is null when that creates the object.</summary>
    /// <exception cref="FieldConflictException">Others own fields that would change, and the applier does not insist.</exception>
    public static AppliedFields Apply(FieldWrite write, JsonObject? live, JsonObject document, bool force)
    {
        Schema root = FieldTree.Root(write.Kind);
        List<FieldEntry> entries = live is null ? [] : Stored(write, root, live);
        FieldSet claimed = FieldTree.Claimed(root, document);
        FieldEntry? former = entries.Find(entry => entry.Owner.IsSame(write.Applier));
        List<FieldEntry> others = [.. entries.Where(entry => !ReferenceEquals(entry, former))];

        JsonObject merged = live?.DeepClone().AsObject() ?? [];
        FieldMerge.Apply(root, merged, document);
        if (former is not null)
        {
            FieldMerge.Remove(root, merged, former.Fields, others.Aggregate(claimed, (set, entry) => set.Union(entry.Fields)));
        }

        FieldChanges changes = FieldChanges.Between(root, live, merged);
        if (!force)
        {
            RequireNoConflict(write, root, live, others, changes.Set);
        }

        FieldSet fields = FieldChanges.Strip(claimed);
        entries = [.. others.Select(entry => entry with { Fields = entry.Fields.Except(changes.Set).Except(changes.Removed) })];
        bool isSame = changes.IsEmpty && former is not null && former.Fields.SetEquals(fields) && former.Owner == write.Applier;
        entries.Add(isSame ? former! : new FieldEntry(write.Applier, write.Time, fields));
        return new AppliedFields(merged, FieldEntries.Write(entries));
    }

    private static List<FieldEntry> Stored(FieldWrite write, Schema root, JsonObject live)
    {
        List<FieldEntry> entries = ReadOr((live["metadata"] as JsonObject)?["managedFields"], null);
        if (entries.Count == 0)
        {
            FieldChanges everything = FieldChanges.Between(root, EmptyObjects.Of(write.Kind), live);
            entries.Add(new FieldEntry(new FieldOwner(Unknown, false, write.Kind.Type.ApiVersion, ""), write.Time, everything.Set));
        }

        return entries;
    }

    private static void Record(List<FieldEntry> entries, FieldOwner owner, string time, FieldChanges changes)
    {
        int own = entries.FindIndex(entry => entry.Owner.IsSame(owner));
        for (int i = 0; i < entries.Count; i++)
        {
            FieldEntry entry = entries[i];
            if (i != own)
            {
                entries[i] = entry with { Fields = entry.Fields.Except(changes.Set).Except(changes.Removed) };
                continue;
            }

            FieldSet fields = entry.Fields.Except(changes.Removed).Union(changes.Set);
            entries[i] = fields.SetEquals(entry.Fields) ? entry : entry with { Fields = fields, Time = time };
        }

        if (own < 0 && !changes.Set.IsEmpty)
        {
            entries.Add(new FieldEntry(owner, time, changes.Set));
        }
    }

    private static void RequireNoConflict(FieldWrite write, Schema root, JsonObject? live, List<FieldEntry> others, FieldSet changed)
    {
        FieldSet allowed = LastApplied.Allows(write, root, live);
        List<FieldConflict> conflicts = [];
        foreach (FieldEntry entry in others.OrderBy(entry => entry.Owner.Manager, StringComparer.Ordinal))
        {
            conflicts.AddRange(entry.Fields.Intersect(changed).Except(allowed).Paths().Select(path => new FieldConflict(entry.Owner.ToString(), path)));
        }

        if (conflicts.Count > 0)
        {
            throw new FieldConflictException(conflicts);
        }
    }

    private static List<FieldEntry> ReadOr(JsonNode? first, JsonNode? second)
    {
        try
        {
            return FieldEntries.Read(first);
        }
        catch (FormatException) when (second is not null)
        {
            return ReadOr(second, null);
        }
        catch (FormatException)
        {
            return [];
        }
    }
}
