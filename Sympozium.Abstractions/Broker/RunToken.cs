using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Sympozium.Abstractions.Broker;

/// <summary>
/// Identity of one run towards the gateway: a JWT (RFC 7519) with HMAC-SHA256 (RFC 7518 section 3.2). It opens the broker and the
/// bus for that run and nothing else, until it expires.
/// </summary>
/// <param name="Run">The run.</param>
/// <param name="Uid">The run's <c>metadata.uid</c>: a run made anew under the same name does not accept an old token.</param>
/// <param name="Instance">Name of its instance.</param>
/// <param name="ExpiresAt">End of its validity, UTC, whole seconds.</param>
public sealed record RunToken(ResourceKey Run, string Uid, string Instance, DateTimeOffset ExpiresAt)
{
    /// <summary>Length of the signing key in bytes.</summary>
    public const int KeySize = 32;

    private const string Audience = "sympozium-gateway";

    private static readonly string Header = Base64Url.EncodeToString("""{"alg":"HS256","typ":"JWT"}"""u8);

    /// <summary>Writes and signs the token.</summary>
    public string Sign(ReadOnlySpan<byte> key)
    {
        var claims = new JsonObject
        {
            ["aud"] = Audience,
            ["sub"] = Run.ToString(),
            ["uid"] = Uid,
            ["instance"] = Instance,
            ["exp"] = ExpiresAt.ToUnixTimeSeconds(),
        };
        string body = $"{Header}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims.ToJsonString()))}";
        return $"{body}.{Base64Url.EncodeToString(HMACSHA256.HashData(key, Encoding.ASCII.GetBytes(body)))}";
    }

    /// <summary>Reads a token; null when it is malformed, not signed with <paramref name="key"/>, or expired at <paramref name="now"/>.</summary>
    public static RunToken? Verify(string token, ReadOnlySpan<byte> key, DateTimeOffset now)
    {
        int bodyEnd = token.LastIndexOf('.');
        if (bodyEnd < 0 || !token.StartsWith(Header + ".", StringComparison.Ordinal))
        {
            return null;
        }

        try
        {
            byte[] expected = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(token[..bodyEnd]));
            byte[] actual = Base64Url.DecodeFromChars(token.AsSpan(bodyEnd + 1));
            if (!CryptographicOperations.FixedTimeEquals(expected, actual))
            {
                return null;
            }

            JsonNode? claims = JsonNode.Parse(Base64Url.DecodeFromChars(token.AsSpan(Header.Length + 1, bodyEnd - Header.Length - 1)));
            var parsed = new RunToken(
                ResourceKey.Parse((string)claims!["sub"]!),
                (string)claims["uid"]!,
                (string)claims["instance"]!,
                DateTimeOffset.FromUnixTimeSeconds((long)claims["exp"]!));
            return (string?)claims["aud"] == Audience && now < parsed.ExpiresAt ? parsed : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
