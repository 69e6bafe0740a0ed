using System.Buffers;
using System.Text.Json;

namespace Sympozium.LocalCluster.Identity;

/// <summary>An object that a token names: it must still be there, with this uid.</summary>
internal sealed record TokenObject(string Name, string Uid);

/// <summary>What a ServiceAccount's token says (https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/).</summary>
internal sealed record TokenClaims
{
    private const string Kubernetes = "kubernetes.io";

    public required string Id { get; init; }

    public required string Issuer { get; init; }

    public required IReadOnlyList<string> Audiences { get; init; }

    public required string Namespace { get; init; }

    public required TokenObject Account { get; init; }

    public TokenObject? Pod { get; init; }

    public TokenObject? Secret { get; init; }

    public TokenObject? Node { get; init; }

    /// <summary>Seconds since 1970.</summary>
    public required long IssuedAt { get; init; }

    public required long ExpiresAt { get; init; }

    /// <summary>After this it should have been replaced by a newer one; 0 when nothing is said of that.</summary>
    public long WarnAfter { get; init; }

    public byte[] Write()
    {
        ArrayBufferWriter<byte> buffer = new();
        using Utf8JsonWriter json = new(buffer);
        json.WriteStartObject();
        json.WriteStartArray("aud");
        foreach (string audience in Audiences)
        {
            json.WriteStringValue(audience);
        }

        json.WriteEndArray();
        json.WriteNumber("exp", ExpiresAt);
        json.WriteNumber("iat", IssuedAt);
        json.WriteString("iss", Issuer);
        json.WriteString("jti", Id);
        json.WriteStartObject(Kubernetes);
        json.WriteString("namespace", Namespace);
        Write(json, "node", Node);
        Write(json, "pod", Pod);
        Write(json, "secret", Secret);
        Write(json, "serviceaccount", Account);
        if (WarnAfter > 0)
        {
            json.WriteNumber("warnafter", WarnAfter);
        }

        json.WriteEndObject();
        json.WriteNumber("nbf", IssuedAt);
        json.WriteString("sub", ServiceAccountNames.UserName(Namespace, Account.Name));
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Null when this is not such a token.</summary>
    public static TokenClaims? Read(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty(Kubernetes, out JsonElement own) || Object(own, "serviceaccount") is not { } account)
            {
                return null;
            }

            return new TokenClaims
            {
                Id = Text(root, "jti"),
                Issuer = Text(root, "iss"),
                Audiences = root.TryGetProperty("aud", out JsonElement audiences) && audiences.ValueKind == JsonValueKind.Array
                    ? [.. audiences.EnumerateArray().Select(audience => audience.ToString())]
                    : [Text(root, "aud")],
                Namespace = Text(own, "namespace"),
                Account = account,
                Pod = Object(own, "pod"),
                Secret = Object(own, "secret"),
                Node = Object(own, "node"),
                IssuedAt = Number(root, "nbf"),
                ExpiresAt = Number(root, "exp"),
            };
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            // Texts that are no UTF-8 are found only when they are read.
            return null;
        }
    }

    private static void Write(Utf8JsonWriter json, string name, TokenObject? value)
    {
        if (value is null)
        {
            return;
        }

        json.WriteStartObject(name);
        json.WriteString("name", value.Name);
        json.WriteString("uid", value.Uid);
        json.WriteEndObject();
    }

    private static TokenObject? Object(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Object
            ? new TokenObject(Text(value, "name"), Text(value, "uid"))
            : null;

    private static string Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static long Number(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out JsonElement value) && value.TryGetInt64(out long number) ? number : 0;
}
