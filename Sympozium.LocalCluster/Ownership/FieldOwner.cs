using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Ownership;

/// <summary>Who owns fields: a manager in one way of writing, through one version and one subresource.</summary>
internal readonly record struct FieldOwner(string Manager, bool IsApply, string ApiVersion, string Subresource)
{
    /// <summary>An applier stays the same one when it applies in another version.</summary>
    public bool IsSame(FieldOwner other) =>
        Manager == other.Manager && IsApply == other.IsApply && Subresource == other.Subresource && (IsApply || ApiVersion == other.ApiVersion);

    /// <summary>As conflicts name it.</summary>
    public override string ToString()
    {
        string subresource = Subresource.Length > 0 ? $" with subresource \"{Subresource}\"" : "";
        return $"\"{Manager}\"{subresource}{(IsApply ? "" : $" using {ApiVersion}")}";
    }
}

/// <summary>One entry of <c>metadata.managedFields</c>.</summary>
internal sealed record FieldEntry(FieldOwner Owner, string? Time, FieldSet Fields);

/// <summary><c>metadata.managedFields</c> between JSON and entries.</summary>
internal static class FieldEntries
{
    // More managers than these that update lose their names: the longest unseen ones are put together.
    private const int MostUpdaters = 10;
    private const string Ancient = "ancient-changes";

    /// <exception cref="FormatException">They are no entries.</exception>
    public static List<FieldEntry> Read(JsonNode? managedFields)
    {
        List<FieldEntry> entries = [];
        foreach (JsonNode? node in managedFields as JsonArray ?? [])
        {
            if (node is not JsonObject entry || Text(entry, "operation") is not ("Apply" or "Update") || entry["fieldsV1"] is not (null or JsonObject))
            {
                throw new FormatException("an entry of metadata.managedFields needs operation Apply or Update, and fieldsV1 as an object");
            }

            FieldOwner owner = new(
                Text(entry, "manager") ?? "", Text(entry, "operation") == "Apply", Text(entry, "apiVersion") ?? "", Text(entry, "subresource") ?? "");
            entries.Add(new FieldEntry(owner, Text(entry, "time"), FieldSet.Parse(entry["fieldsV1"] as JsonObject ?? [])));
        }

        return entries;
    }

    /// <summary>Null when nobody owns anything.</summary>
    public static JsonArray? Write(List<FieldEntry> entries)
    {
        entries.RemoveAll(entry => entry.Fields.IsEmpty);
        if (entries.Count == 0)
        {
            return null;
        }

        if (entries.Count > 1)
        {
            entries.Sort(Compare);
            JoinAncient(entries);
        }

        JsonArray managedFields = [];
        foreach (FieldEntry entry in entries)
        {
            managedFields.Add((JsonNode)Write(entry));
        }

        return managedFields;
    }

    private static JsonObject Write(FieldEntry entry)
    {
        JsonObject json = new()
        {
            ["apiVersion"] = entry.Owner.ApiVersion,
            ["fieldsType"] = "FieldsV1",
            ["fieldsV1"] = entry.Fields.ToJson(),
            ["manager"] = entry.Owner.Manager,
            ["operation"] = entry.Owner.IsApply ? "Apply" : "Update",
        };
        if (entry.Owner.Subresource.Length > 0)
        {
            json["subresource"] = entry.Owner.Subresource;
        }

        if (entry.Time is not null)
        {
            json["time"] = entry.Time;
        }

        return json;
    }

    private static void JoinAncient(List<FieldEntry> entries)
    {
        int over = entries.Count(entry => !entry.Owner.IsApply && entry.Owner.Subresource.Length == 0) - MostUpdaters;
        while (over-- > 0)
        {
            // Sorted by time within the updates: the first are the oldest.
            List<FieldEntry> oldest = [.. entries.Where(entry => !entry.Owner.IsApply && entry.Owner.Subresource.Length == 0).Take(2)];
            if (oldest.Count < 2 || oldest[0].Owner.ApiVersion != oldest[1].Owner.ApiVersion)
            {
                return;
            }

            entries[entries.IndexOf(oldest[1])] = new FieldEntry(
                oldest[1].Owner with { Manager = Ancient }, oldest[1].Time, oldest[0].Fields.Union(oldest[1].Fields));
            entries.Remove(oldest[0]);
        }
    }

    private static int Compare(FieldEntry left, FieldEntry right)
    {
        int order = right.Owner.IsApply.CompareTo(left.Owner.IsApply);
        order = order != 0 ? order : string.CompareOrdinal(left.Time, right.Time);
        order = order != 0 ? order : string.CompareOrdinal(left.Owner.Manager, right.Owner.Manager);
        order = order != 0 ? order : string.CompareOrdinal(left.Owner.ApiVersion, right.Owner.ApiVersion);
        return order != 0 ? order : string.CompareOrdinal(left.Owner.Subresource, right.Owner.Subresource);
    }

    private static string? Text(JsonObject entry, string name) => entry[name] is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
