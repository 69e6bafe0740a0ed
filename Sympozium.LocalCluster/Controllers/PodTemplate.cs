using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds.Rules;
using Sympozium.LocalCluster.Objects;

namespace Sympozium.LocalCluster.Controllers;

/// <summary>The template of a workload's pods, with a digest that tells templates apart. Immutable.</summary>
internal sealed class PodTemplate
{
    /// <summary>Label by which a Deployment tells the pods of its ReplicaSets apart; templates that differ in it only are the same.</summary>
    public const string HashLabel = "pod-template-hash";

    private const string HashLetters = "bcdfghjklmnpqrstvwxz2456789";

    private readonly string _json;

    public PodTemplate(JsonObject? template)
    {
        JsonObject copy = template?.DeepClone().AsObject() ?? [];
        _json = copy.ToJsonString();
        Labels = (copy.Map("metadata").Map("labels") ?? []).ToDictionary(pair => pair.Key, pair => Kinds.GoJson.Text(pair.Value) ?? "", StringComparer.Ordinal);
        if (copy.Map("metadata").Map("labels") is { } labels && labels.Remove(HashLabel) && labels.Count == 0)
        {
            copy.Map("metadata")!.Remove("labels");
        }

        Digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Metadata.Sorted(copy)!.ToJsonString())));
    }

    public IReadOnlyDictionary<string, string> Labels { get; }

    public string Digest { get; }

    /// <summary>A copy of the caller's own.</summary>
    public JsonObject ToJson() => JsonNode.Parse(_json)!.AsObject();

    /// <summary>A short name for the template; another one for each count of collisions.</summary>
    public string Hash(int collisions)
    {
        byte[] bytes = SHA256.HashData(Encoding.UTF8.GetBytes(Digest + collisions.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        uint number = BitConverter.ToUInt32(bytes);

        // Letters that make no words, as in generated names.
        return string.Concat(number.ToString(System.Globalization.CultureInfo.InvariantCulture).Select(digit => HashLetters[digit % HashLetters.Length]));
    }
}
