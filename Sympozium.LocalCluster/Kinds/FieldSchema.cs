namespace Sympozium.LocalCluster.Kinds;

/// <summary>Steps down a schema.</summary>
internal static class FieldSchema
{
    /// <summary>
    /// The schema of a field with its own patch strategy and list type; null when the schema does not know the field. The
    /// result may stand for a definition, see <see cref="Schema.Resolved"/>.
    /// </summary>
    public static Schema? Of(Schema schema, string name)
    {
        Schema resolved = schema.Resolved;
        return resolved.Properties.TryGetValue(name, out Schema? property) ? property : resolved.AdditionalProperties;
    }
}
