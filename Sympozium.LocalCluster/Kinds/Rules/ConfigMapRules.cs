using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules;

/// <summary>ConfigMap: keys, size, immutability.</summary>
internal sealed class ConfigMapRules : KindRules
{
    private const long MaxBytes = 1024 * 1024;

    public override void Validate(JsonObject obj, JsonObject? old, List<FieldProblem> problems)
    {
        JsonObject binary = obj.Map("binaryData") ?? [];
        long bytes = 0;
        foreach ((string key, JsonNode? value) in obj.Map("data") ?? [])
        {
            problems.Invalid($"data[{key}]", key, Names.ConfigKey(key));
            if (binary.ContainsKey(key))
            {
                problems.Invalid($"data[{key}]", key, ["duplicate of key present in binaryData"]);
            }

            bytes += System.Text.Encoding.UTF8.GetByteCount(GoJson.Text(value) ?? "");
        }

        foreach ((string key, JsonNode? value) in binary)
        {
            problems.Invalid($"binaryData[{key}]", key, Names.ConfigKey(key));
            bytes += DataRules.DecodedLength(value);
        }

        if (bytes > MaxBytes)
        {
            problems.TooLong("", MaxBytes);
        }

        DataRules.Immutable(obj, old, problems, "data", "binaryData");
    }
}

/// <summary>What ConfigMaps and Secrets have in common.</summary>
internal static class DataRules
{
    public static long DecodedLength(JsonNode? value) => (GoJson.Text(value)?.TrimEnd('=').Length ?? 0) * 3L / 4;

    /// <summary>Once immutable, neither the flag nor the data may change.</summary>
    public static void Immutable(JsonObject obj, JsonObject? old, List<FieldProblem> problems, params ReadOnlySpan<string> fields)
    {
        if (!old.IsTrue("immutable"))
        {
            return;
        }

        if (!obj.IsTrue("immutable"))
        {
            problems.Forbidden("immutable", "field is immutable when `immutable` is set");
        }

        foreach (string field in fields)
        {
            if (!JsonNode.DeepEquals(obj[field], old![field]))
            {
                problems.Forbidden(field, "field is immutable when `immutable` is set");
            }
        }
    }
}
