using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Objects;

namespace Sympozium.LocalCluster.Server;

/// <summary>Discovery and OpenAPI: made when first asked for and kept until the served kinds change.</summary>
internal sealed class PublicDocuments(KindRegistry registry)
{
    private const string Json = "application/json";
    private Cache _cache = new(registry.Current);

    /// <summary>False when there is no such document.</summary>
    public async Task<bool> TryHandleAsync(HttpContext context, string path)
    {
        Cache cache = Current();
        Document? document = path switch
        {
            "/api" => Aggregated(context, cache, isCore: true)
                ?? cache.Get($"/api@{context.Request.Host}", () => Made(DiscoveryDocuments.Versions(context.Request.Host.ToString()))),
            "/apis" => Aggregated(context, cache, isCore: false) ?? cache.Get("/apis", () => Made(cache.Discovery.GroupList())),
            "/openapi/v2" when context.Request.Headers.Accept.ToString().Contains("proto-openapi.spec.v2", StringComparison.Ordinal) => cache.Get(
                $"{path}@protobuf", () => new Document(OpenApiDocuments.V2Protobuf(cache.Table.Kinds), OpenApiDocuments.V2ProtobufType)),
            "/openapi/v2" when WantsProtobuf(context) => cache.Get(
                "/openapi/v2 protobuf", () => new Document(OpenApiDocuments.V2Protobuf(cache.Table.Kinds), OpenApiDocuments.V2ProtobufType)),
            "/openapi/v2" => cache.Get(path, () => Made(OpenApiDocuments.V2(cache.Table.Kinds))),
            "/openapi/v3" => cache.Get(path, () => new Document(OpenApiDocuments.V3Index(cache.Table.Kinds), "text/plain; charset=utf-8")),
            _ when path.StartsWith("/openapi/v3/", StringComparison.Ordinal) => OpenApi(cache, path),
            _ => Discovery(cache, path),
        };
        if (document is null && path.StartsWith("/openapi/v3/", StringComparison.Ordinal))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return true;
        }

        if (document is null)
        {
            return false;
        }

        await SendAsync(context, document);
        return true;
    }

    private static Document? Discovery(Cache cache, string path) => path.Split('/') switch
    {
        ["", "api", var version] => cache.Get(path, () => Made(cache.Discovery.Resources("", version))),
        ["", "apis", var group] => cache.Get(path, () => Made(cache.Discovery.Group(group))),
        ["", "apis", var group, var version] => cache.Get(path, () => Made(cache.Discovery.Resources(group, version))),
        _ => null,
    };

    private static Document? OpenApi(Cache cache, string path) => path.Split('/') switch
    {
        ["", "openapi", "v3", "api", var version] => cache.Get(path, () => Made(OpenApiDocuments.V3("", version, cache.Table.Kinds))),
        ["", "openapi", "v3", "apis", var group, var version] => cache.Get(
            path, () => Made(OpenApiDocuments.V3(group, version, cache.Table.Kinds))),
        _ => null,
    };

    private static bool WantsProtobuf(HttpContext context) =>
        context.Request.Headers.Accept.ToString().Contains("application/com.github.proto-openapi.spec.v2", StringComparison.Ordinal);

    private static Document? Aggregated(HttpContext context, Cache cache, bool isCore)
    {
        foreach (string range in context.Request.Headers.Accept.ToString().Split(','))
        {
            string[] parts = range.Split(';', StringSplitOptions.TrimEntries);
            if (parts[0] == Json && parts.Contains("as=APIGroupDiscoveryList") && parts.Contains("g=apidiscovery.k8s.io"))
            {
                string? version = parts.Contains("v=v2") ? "v2" : parts.Contains("v=v2beta1") ? "v2beta1" : null;
                if (version is not null)
                {
                    string type = $"{Json};g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList";
                    return cache.Get($"{version}/{isCore}", () => new Document(Replies.ToBytes(cache.Discovery.Aggregated(isCore, version)), type));
                }
            }
            else if (parts[0] == Json && parts.Length == 1)
            {
                return null;
            }
        }

        return null;
    }

    private static Document? Made(byte[]? json) => json is null ? null : new Document(json, Json);

    private static Document? Made(JsonObject? json) => json is null ? null : new Document(Replies.ToBytes(json), Json);

    private static async Task SendAsync(HttpContext context, Document document)
    {
        context.Response.Headers.ETag = document.Tag;
        context.Response.Headers.Vary = "Accept";
        if (context.Request.Headers.IfNoneMatch.ToString() == document.Tag)
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        await Replies.BytesAsync(context, document.Bytes, StatusCodes.Status200OK, document.ContentType);
    }

    private Cache Current()
    {
        Cache cache = Volatile.Read(ref _cache);
        KindTable table = registry.Current;
        if (cache.Table != table)
        {
            cache = new Cache(table);
            Volatile.Write(ref _cache, cache);
        }

        return cache;
    }

    private sealed class Cache(KindTable table)
    {
        private const int MostDocuments = 512;
        private readonly ConcurrentDictionary<string, Document?> _documents = new(StringComparer.Ordinal);

        public KindTable Table { get; } = table;

        public DiscoveryDocuments Discovery { get; } = new(table);

        public Document? Get(string name, Func<Document?> make)
        {
            if (_documents.TryGetValue(name, out Document? known))
            {
                return known;
            }

            Document? made = make();
            // Paths that do not exist come from outside and are not worth remembering.
            if (made is not null && _documents.Count < MostDocuments)
            {
                _documents.TryAdd(name, made);
            }

            return made;
        }
    }

    private sealed record Document(byte[] Bytes, string ContentType)
    {
        public string Tag { get; } = $"\"{Convert.ToHexString(SHA256.HashData(Bytes), 0, 16)}\"";
    }
}
