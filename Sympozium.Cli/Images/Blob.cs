using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Sympozium.Cli.Images;

/// <summary>Content of an image, by its digest (https://github.com/opencontainers/image-spec/blob/main/descriptor.md).</summary>
/// <param name="MediaType">What it is.</param>
/// <param name="Digest"><c>sha256:</c> and 64 hex digits.</param>
/// <param name="Size">Bytes.</param>
/// <param name="File">Where it lies.</param>
internal sealed record Blob(string MediaType, string Digest, long Size, string File)
{
    public const string Config = "application/vnd.oci.image.config.v1+json";
    public const string Manifest = "application/vnd.oci.image.manifest.v1+json";
    public const string Index = "application/vnd.oci.image.index.v1+json";
    public const string GzipLayer = "application/vnd.oci.image.layer.v1.tar+gzip";
    public const string TarLayer = "application/vnd.oci.image.layer.v1.tar";

    /// <summary>The digest's hex digits: the blob's file name in a layout.</summary>
    public string Hex => Digest["sha256:".Length..];

    /// <summary>Takes a file as a blob.</summary>
    public static Blob Of(string file, string mediaType)
    {
        using FileStream stream = System.IO.File.OpenRead(file);
        return new Blob(mediaType, DigestOf(SHA256.HashData(stream)), stream.Length, file);
    }

    /// <summary>Writes a JSON document as a blob into a directory.</summary>
    public static Blob Of(JsonNode document, string mediaType, string directory)
    {
        string text = document.ToJsonString();
        string hex = Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)));
        string file = Path.Combine(directory, hex);
        System.IO.File.WriteAllText(file, text);
        return Of(file, mediaType);
    }

    public static string DigestOf(byte[] hash) => "sha256:" + Convert.ToHexStringLower(hash);

    public JsonObject Descriptor() => new() { ["mediaType"] = MediaType, ["digest"] = Digest, ["size"] = Size };
}
