using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Sympozium.LocalCluster.Identity;

namespace Sympozium.LocalCluster.Server;

/// <summary>By what others check our tokens without asking: the issuer's discovery document (OpenID Connect Discovery 1.0) and its keys.</summary>
internal sealed class IssuerDocuments(SigningKey key)
{
    private const string DiscoveryPath = "/.well-known/openid-configuration";
    private const string KeysPath = "/openid/v1/jwks";

    /// <summary>False when the path is another one.</summary>
    public async Task<bool> TryHandleAsync(HttpContext context, string path)
    {
        if (path is not (DiscoveryPath or KeysPath) || context.Request.Method != HttpMethods.Get)
        {
            return false;
        }

        context.Response.Headers.CacheControl = "public, max-age=3600";
        JsonObject document = path == KeysPath ? key.KeySet() : Discovery(context.Request.Host.ToString());
        await Replies.BytesAsync(context, Replies.ToBytes(document), StatusCodes.Status200OK, path == KeysPath ? "application/jwk-set+json" : "application/json");
        return true;
    }

    private static JsonObject Discovery(string host) => new()
    {
        ["issuer"] = ServiceAccountTokens.Issuer,
        ["jwks_uri"] = $"https://{host}{KeysPath}",
        ["response_types_supported"] = new JsonArray("id_token"),
        ["subject_types_supported"] = new JsonArray("public"),
        ["id_token_signing_alg_values_supported"] = new JsonArray(SigningKey.Algorithm),
    };
}
