using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Identity;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Objects;
using Sympozium.LocalCluster.Ownership;

namespace Sympozium.LocalCluster.Server;

/// <summary>What the answers to reviews and token requests have in common.</summary>
internal static class ReviewAnswer
{
    /// <summary>Checks and completes what was sent; its metadata says who sent which fields, as if it were stored.</summary>
    /// <exception cref="Sympozium.Kubernetes.Api.KubernetesException">400.</exception>
    public static void Decode(KindDefinition kind, JsonObject asked, string? ns, WriteOptions options, string? subresource, TimeProvider time)
    {
        Metadata.Of(asked).Remove("managedFields");
        ObjectDecoder.Decode(kind, asked, options);
        asked.Remove("status");
        JsonNode? owners = FieldOwnership.Create(
            new FieldWrite(kind, options.FieldManager ?? options.DefaultManager, subresource, Metadata.Time(time.GetUtcNow())), asked);
        if (kind.Type.Namespaced)
        {
            ObjectDecoder.SetNamespace(kind, asked, ns);
        }

        if (owners is not null)
        {
            Metadata.Of(asked)["managedFields"] = owners;
        }
    }

    /// <summary><c>authentication.k8s.io/v1 UserInfo</c>.</summary>
    public static JsonObject User(UserInfo user)
    {
        JsonObject json = new() { ["username"] = user.Name };
        if (user.Uid.Length > 0)
        {
            json["uid"] = user.Uid;
        }

        if (user.Groups.Count > 0)
        {
            json["groups"] = List(user.Groups);
        }

        if (user.Extra.Count > 0)
        {
            json["extra"] = new JsonObject(user.Extra.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)List(pair.Value))));
        }

        return json;
    }

    public static JsonArray List(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);

    public static IReadOnlyList<string> Texts(JsonNode? node) => node is JsonArray list ? [.. list.Select(item => item?.ToString() ?? "")] : [];
}
